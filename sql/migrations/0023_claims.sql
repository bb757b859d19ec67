-- A user who is admitted and makes no call gives the active place back and waits at the head: the token is WAITING and
-- has an admitted_at, and its place is neither waiting nor a vacancy. expires_at is when it ends unless its user calls.
--   token.unclaimed      1: the user has made no call since the admission, and has until expires_at for one
--   token.readmitted_at  the last admission but the first; admitted_at stays the first, so that the order of
--                        admissions can be audited
--   queue.returned_count how many gave their place back and called again: they are admitted before all others
ALTER TABLE token DROP CONSTRAINT token_waits_in_line;
ALTER TABLE token
  ADD COLUMN unclaimed TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN readmitted_at DATETIME(3) NULL;
ALTER TABLE queue
  ADD COLUMN returned_count BIGINT NOT NULL DEFAULT 0,
  ADD CONSTRAINT queue_returned_count_not_negative CHECK (returned_count >= 0);

-- Who called again; is_waiting: and is not admitted since. A table of its own, because an index of all tokens would
-- make each join slower.
CREATE TABLE IF NOT EXISTS token_return (
  token_id BIGINT NOT NULL PRIMARY KEY,
  queue_id INT NOT NULL,
  is_waiting TINYINT NOT NULL,
  KEY token_return_waiting (queue_id, is_waiting),
  CONSTRAINT token_return_token FOREIGN KEY (token_id) REFERENCES token (token_id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
