-- An opening of a queue: a draw decides the order of the users who registered before it.
--
-- Until the draw, token.seq of a user who registered is the number of the entry, and counts as a place. So the counts of
-- vacancies and the places of users who join later are right already. After the draw, the place of each entry up to
-- `entries` is computed, and no row of a token is changed for it.
--   opening_id   the first 15 hexadecimal digits of the commitment; NULL: no opening was ever set
--   entries      how many entries there are, once their number is fixed
--   waits_until  before it no wait ends that began before the opening
--   drawn_at     when the queue was opened
ALTER TABLE queue
  ADD COLUMN opening_id BIGINT NULL,
  ADD COLUMN register_from DATETIME(3) NULL,
  ADD COLUMN register_until DATETIME(3) NULL,
  ADD COLUMN opens_at DATETIME(3) NULL,
  ADD COLUMN waits_until DATETIME(3) NULL,
  ADD COLUMN entries BIGINT NULL,
  ADD COLUMN drawn_at DATETIME(3) NULL,
  ADD CONSTRAINT queue_opening_whole CHECK ((opening_id IS NULL) = (opens_at IS NULL)
    AND (opens_at IS NULL) = (register_from IS NULL) AND (opens_at IS NULL) = (register_until IS NULL)
    AND (opens_at IS NULL) = (waits_until IS NULL)),
  ADD CONSTRAINT queue_opening_order CHECK (opens_at IS NULL
    OR (register_from <= register_until AND register_until <= opens_at)),
  ADD CONSTRAINT queue_drawn_of_fixed CHECK (drawn_at IS NULL OR entries IS NOT NULL);

-- What the draw follows from. The seed is secret until the queue is drawn.
CREATE TABLE IF NOT EXISTS opening (
  queue_id INT NOT NULL PRIMARY KEY,
  seed VARBINARY(32) NOT NULL,
  commitment CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  public_value VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  made_at DATETIME(3) NOT NULL,
  CONSTRAINT opening_queue FOREIGN KEY (queue_id) REFERENCES queue (queue_id),
  CONSTRAINT opening_seed CHECK (LENGTH(seed) = 32)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
