-- The first schema. Only SQL that MariaDB 10.11 and MySQL 8 both accept.
-- A killed migration continues at the statement where it stopped. A statement may run twice, so each is
-- one change that is made whole or not at all.
-- Times are UTC with milliseconds. Rules of the domain are constraints here too.

CREATE TABLE IF NOT EXISTS user (
  user_id BINARY(16) NOT NULL PRIMARY KEY,
  balance BIGINT NOT NULL DEFAULT 0,
  entry_count BIGINT NOT NULL DEFAULT 0,
  created_at DATETIME(3) NOT NULL,
  CONSTRAINT user_balance_not_negative CHECK (balance >= 0),
  CONSTRAINT user_entry_count_not_negative CHECK (entry_count >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Append-only. entry_no counts a user's own entries from 1 without gaps.
CREATE TABLE IF NOT EXISTS ledger_entry (
  user_id BINARY(16) NOT NULL,
  entry_no BIGINT NOT NULL,
  kind ENUM ('CHARGE', 'PAYMENT', 'REFUND') NOT NULL,
  amount BIGINT NOT NULL,
  balance_after BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (user_id, entry_no),
  CONSTRAINT ledger_entry_user FOREIGN KEY (user_id) REFERENCES user (user_id),
  CONSTRAINT ledger_entry_balance_not_negative CHECK (balance_after >= 0),
  CONSTRAINT ledger_entry_sign CHECK ((kind = 'PAYMENT' AND amount <= 0) OR (kind <> 'PAYMENT' AND amount >= 0))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- One row per queue. Every transaction that changes the queue updates this row last.
-- A place is a number, seq; every place up to admitted_seq has ended its wait.
-- newest_is_active carries the result of a join from its first statement to its second.
CREATE TABLE IF NOT EXISTS queue (
  queue_id INT NOT NULL PRIMARY KEY,
  active_limit BIGINT NULL,
  admit_per_pass BIGINT NULL,
  paused TINYINT NOT NULL DEFAULT 0,
  active_count BIGINT NOT NULL DEFAULT 0,
  waiting_count BIGINT NOT NULL DEFAULT 0,
  last_seq BIGINT NOT NULL DEFAULT 0,
  admitted_seq BIGINT NOT NULL DEFAULT 0,
  newest_is_active TINYINT NOT NULL DEFAULT 0,
  limit_in_force BIGINT NULL,
  limit_lowered_at DATETIME(3) NULL,
  CONSTRAINT queue_active_limit_positive CHECK (active_limit IS NULL OR active_limit > 0),
  CONSTRAINT queue_admit_per_pass_positive CHECK (admit_per_pass IS NULL OR admit_per_pass > 0),
  CONSTRAINT queue_counts CHECK (active_count >= 0 AND waiting_count >= 0),
  CONSTRAINT queue_line CHECK (admitted_seq <= last_seq AND waiting_count <= last_seq - admitted_seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

INSERT INTO queue (queue_id) VALUES (1) ON DUPLICATE KEY UPDATE queue_id = VALUES(queue_id);

-- The vacancies: places that were given up before admission, counted by blocks. Level 1 counts blocks
-- of 1024 places, level 2 blocks of 1048576. So a position is a sum of few rows.
CREATE TABLE IF NOT EXISTS queue_gap (
  queue_id INT NOT NULL,
  level TINYINT NOT NULL,
  block BIGINT NOT NULL,
  left_count BIGINT NOT NULL,
  PRIMARY KEY (queue_id, level, block),
  CONSTRAINT queue_gap_queue FOREIGN KEY (queue_id) REFERENCES queue (queue_id),
  CONSTRAINT queue_gap_level CHECK (level IN (1, 2)),
  CONSTRAINT queue_gap_count CHECK (left_count BETWEEN 0 AND CASE level WHEN 1 THEN 1024 ELSE 1048576 END)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- One row per cron pass that admitted at least one user.
CREATE TABLE IF NOT EXISTS queue_admission (
  admission_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  queue_id INT NOT NULL,
  admitted_at DATETIME(3) NOT NULL,
  admitted_count BIGINT NOT NULL,
  KEY queue_admission_at (queue_id, admitted_at),
  KEY queue_admission_age (admitted_at),
  CONSTRAINT queue_admission_queue FOREIGN KEY (queue_id) REFERENCES queue (queue_id),
  CONSTRAINT queue_admission_count CHECK (admitted_count > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- seq is null for a token that was active at once: it never had a place in the queue.
-- live_user_id makes a second live token of a user impossible.
CREATE TABLE IF NOT EXISTS token (
  token_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  queue_id INT NOT NULL,
  user_id BINARY(16) NOT NULL,
  seq BIGINT NULL,
  state ENUM ('WAITING', 'ACTIVE', 'USED', 'LEFT', 'EXPIRED') NOT NULL,
  joined_position BIGINT NOT NULL,
  issued_at DATETIME(3) NOT NULL,
  admitted_at DATETIME(3) NULL,
  expires_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  live_user_id BINARY(16) GENERATED ALWAYS AS (CASE WHEN state IN ('WAITING', 'ACTIVE') THEN user_id END) VIRTUAL,
  UNIQUE KEY token_one_live_per_user (queue_id, live_user_id),
  UNIQUE KEY token_place (queue_id, seq),
  KEY token_expiry (queue_id, state, expires_at),
  KEY token_ended (ended_at),
  KEY token_user (user_id),
  CONSTRAINT token_queue FOREIGN KEY (queue_id) REFERENCES queue (queue_id),
  CONSTRAINT token_owner FOREIGN KEY (user_id) REFERENCES user (user_id),
  CONSTRAINT token_end CHECK ((state IN ('WAITING', 'ACTIVE')) = (ended_at IS NULL)),
  CONSTRAINT token_waits_in_line CHECK (state <> 'WAITING' OR (seq IS NOT NULL AND admitted_at IS NULL)),
  CONSTRAINT token_was_admitted CHECK (state NOT IN ('ACTIVE', 'USED') OR admitted_at IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS concert (
  concert_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  venue VARCHAR(200) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  CONSTRAINT concert_named CHECK (title <> '' AND venue <> '')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS concert_date (
  concert_date_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  concert_id BIGINT NOT NULL,
  starts_at DATETIME(3) NOT NULL,
  seat_count INT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  KEY concert_date_starts (concert_id, starts_at),
  CONSTRAINT concert_date_concert FOREIGN KEY (concert_id) REFERENCES concert (concert_id),
  CONSTRAINT concert_date_seats CHECK (seat_count BETWEEN 1 AND 1000)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- While HELD, held_until is the end of the hold; after it the seats are free by condition.
CREATE TABLE IF NOT EXISTS reservation (
  reservation_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  concert_date_id BIGINT NOT NULL,
  state ENUM ('HELD', 'PAID', 'EXPIRED', 'RELEASED', 'REFUNDED') NOT NULL,
  seat_count INT NOT NULL,
  total_price BIGINT NOT NULL,
  held_until DATETIME(3) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  KEY reservation_of_user (user_id, reservation_id),
  KEY reservation_of_user_and_date (user_id, concert_date_id),
  KEY reservation_expiry (state, held_until),
  CONSTRAINT reservation_user FOREIGN KEY (user_id) REFERENCES user (user_id),
  CONSTRAINT reservation_date FOREIGN KEY (concert_date_id) REFERENCES concert_date (concert_date_id),
  CONSTRAINT reservation_seats CHECK (seat_count BETWEEN 1 AND 1000),
  CONSTRAINT reservation_total CHECK (total_price BETWEEN 0 AND 9007199254740991),
  CONSTRAINT reservation_end CHECK ((state = 'HELD') = (ended_at IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The seats of a reservation with their prices; the rows stay when the seats go to other users.
CREATE TABLE IF NOT EXISTS reservation_seat (
  reservation_id BIGINT NOT NULL,
  seat_number INT NOT NULL,
  price BIGINT NOT NULL,
  PRIMARY KEY (reservation_id, seat_number),
  CONSTRAINT reservation_seat_reservation FOREIGN KEY (reservation_id) REFERENCES reservation (reservation_id),
  CONSTRAINT reservation_seat_price CHECK (price >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- By the primary key a seat of a date is sold at most once.
CREATE TABLE IF NOT EXISTS seat (
  concert_date_id BIGINT NOT NULL,
  seat_number INT NOT NULL,
  price BIGINT NOT NULL,
  state ENUM ('AVAILABLE', 'HELD', 'SOLD') NOT NULL DEFAULT 'AVAILABLE',
  reservation_id BIGINT NULL,
  held_until DATETIME(3) NULL,
  PRIMARY KEY (concert_date_id, seat_number),
  KEY seat_of_reservation (reservation_id),
  CONSTRAINT seat_date FOREIGN KEY (concert_date_id) REFERENCES concert_date (concert_date_id),
  CONSTRAINT seat_reservation FOREIGN KEY (reservation_id) REFERENCES reservation (reservation_id),
  CONSTRAINT seat_number_range CHECK (seat_number BETWEEN 1 AND 1000),
  CONSTRAINT seat_price CHECK (price BETWEEN 0 AND 9007199254740991),
  CONSTRAINT seat_state CHECK (
    (state = 'AVAILABLE' AND reservation_id IS NULL AND held_until IS NULL)
    OR (state = 'HELD' AND reservation_id IS NOT NULL AND held_until IS NOT NULL)
    OR (state = 'SOLD' AND reservation_id IS NOT NULL AND held_until IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A payment has its reservation's id. Keys allow one payment per reservation and one per token.
CREATE TABLE IF NOT EXISTS payment (
  payment_id BIGINT NOT NULL PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  token_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  entry_no BIGINT NOT NULL,
  paid_at DATETIME(3) NOT NULL,
  UNIQUE KEY payment_entry (user_id, entry_no),
  UNIQUE KEY payment_token (token_id),
  CONSTRAINT payment_reservation FOREIGN KEY (payment_id) REFERENCES reservation (reservation_id),
  CONSTRAINT payment_ledger_entry FOREIGN KEY (user_id, entry_no) REFERENCES ledger_entry (user_id, entry_no),
  CONSTRAINT payment_amount CHECK (amount >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS idempotency_key (
  user_id BINARY(16) NOT NULL,
  route ENUM ('CHARGE', 'RESERVATION') NOT NULL,
  key_text VARBINARY(255) NOT NULL,
  fingerprint BINARY(32) NOT NULL,
  status SMALLINT NOT NULL,
  body TEXT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (user_id, route, key_text),
  KEY idempotency_key_age (created_at),
  CONSTRAINT idempotency_key_user FOREIGN KEY (user_id) REFERENCES user (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
