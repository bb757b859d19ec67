-- The answer for a key whose body is too long for the column body, which is then empty: one of a reservation
-- with hundreds of seats.
ALTER TABLE idempotency_key ADD COLUMN long_body MEDIUMTEXT NULL;

-- Users that leave the choice among the seats of a date to the service choose one after the other: each locks
-- the date's row here before it looks for seats. It is added by the first of them. No other transaction needs
-- it, so it does not matter how long they wait for each other.
CREATE TABLE IF NOT EXISTS choice_lock (
  concert_date_id BIGINT NOT NULL PRIMARY KEY,
  CONSTRAINT choice_lock_date FOREIGN KEY (concert_date_id) REFERENCES concert_date (concert_date_id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
