-- A user who is admitted and makes no call gives the active place back: the token is WAITING and has an admitted_at. Its
-- place counts neither as waiting nor as a vacancy. expires_at is when it ends unless its user calls; once its user has
-- called, it is admitted before all others.
--   token.unclaimed      1: the user has made no call since the admission, and has until expires_at for one
--   token.readmitted_at  the latest admission, if there were several; admitted_at is the first, so that the order of
--                        admissions can be audited
--   queue.returned_count how many gave their place back and called again: they are admitted before all others
ALTER TABLE token DROP CONSTRAINT token_waits_in_line;
ALTER TABLE token
  ADD COLUMN unclaimed TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN readmitted_at DATETIME(3) NULL;
ALTER TABLE queue
  ADD COLUMN returned_count BIGINT NOT NULL DEFAULT 0,
  ADD CONSTRAINT queue_returned_count_not_negative CHECK (returned_count >= 0);

-- Tokens whose users called again. is_waiting: 1 until the token is admitted or ends. A table of its own, because an
-- index of all tokens would make each join slower.
CREATE TABLE IF NOT EXISTS token_return (
  token_id BIGINT NOT NULL PRIMARY KEY,
  queue_id INT NOT NULL,
  is_waiting TINYINT NOT NULL,
  KEY token_return_waiting (queue_id, is_waiting),
  CONSTRAINT token_return_token FOREIGN KEY (token_id) REFERENCES token (token_id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
