-- Halls with sections and rows: the layout of a date. A date without one, a plain date, has no rows in either
-- table. The seats of a section, and those of a row, have numbers that follow each other. A date with a layout
-- has its start in real_starts_at (0011_sale_terms.sql): a program of the release before sells none of its seats.

-- The price is that of every seat of the section. claimed_count counts the seats of its reservations that are
-- HELD, lapsed or not, or PAID and not refunded, and its blocked seats; each transaction that changes one of
-- these changes it, last. category: null where the section has none.
CREATE TABLE IF NOT EXISTS hall_section (
  concert_date_id BIGINT NOT NULL,
  section_no INT NOT NULL,
  name VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  category VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  price BIGINT NOT NULL,
  first_seat INT NOT NULL,
  last_seat INT NOT NULL,
  claimed_count INT NOT NULL DEFAULT 0,
  PRIMARY KEY (concert_date_id, section_no),
  UNIQUE KEY hall_section_name (concert_date_id, name),
  CONSTRAINT hall_section_date FOREIGN KEY (concert_date_id) REFERENCES concert_date (concert_date_id),
  CONSTRAINT hall_section_price CHECK (price BETWEEN 0 AND 9007199254740991),
  CONSTRAINT hall_section_seats CHECK (first_seat >= 1 AND last_seat >= first_seat),
  CONSTRAINT hall_section_claims CHECK (claimed_count >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A row's first seat is labelled first_label, and each next one more.
CREATE TABLE IF NOT EXISTS hall_row (
  concert_date_id BIGINT NOT NULL,
  row_no INT NOT NULL,
  section_no INT NOT NULL,
  name VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  first_seat INT NOT NULL,
  last_seat INT NOT NULL,
  first_label INT NOT NULL,
  PRIMARY KEY (concert_date_id, row_no),
  UNIQUE KEY hall_row_name (concert_date_id, section_no, name),
  CONSTRAINT hall_row_section FOREIGN KEY (concert_date_id, section_no)
    REFERENCES hall_section (concert_date_id, section_no),
  CONSTRAINT hall_row_seats CHECK (first_seat >= 1 AND last_seat >= first_seat AND first_label >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

ALTER TABLE seat
  ADD COLUMN row_no INT NULL,
  ADD COLUMN is_accessible TINYINT NOT NULL DEFAULT 0;

-- A date may have more than 1000 seats. These are dropped and not widened, because that would copy the tables;
-- the programs see to their limits.
ALTER TABLE concert_date DROP CONSTRAINT concert_date_seats;
ALTER TABLE seat DROP CONSTRAINT seat_number_range;
ALTER TABLE reservation DROP CONSTRAINT reservation_seats;
