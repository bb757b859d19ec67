-- What an administrator tells everybody who waits in a queue. until: when it ends by itself; null: never. A program
-- of the release before does not show it.
CREATE TABLE IF NOT EXISTS queue_message (
  queue_id INT NOT NULL PRIMARY KEY,
  text_en VARCHAR(500) NOT NULL,
  text_ko VARCHAR(500) NOT NULL,
  until DATETIME(3) NULL,
  CONSTRAINT queue_message_queue FOREIGN KEY (queue_id) REFERENCES queue (queue_id),
  CONSTRAINT queue_message_texts CHECK (text_en <> '' AND text_ko <> '')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- highest_admitted_seq: the highest place that was ever admitted; null: none was. visit_count: how many active tokens
-- have ended, however they did, and visit_seat_count how many seats these paid for. A program of the release before
-- counts neither: both then miss the same visits.
ALTER TABLE queue
  ADD COLUMN highest_admitted_seq BIGINT NULL,
  ADD COLUMN visit_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN visit_seat_count BIGINT NOT NULL DEFAULT 0;

-- Of the queues that are there the last place admitted is known but for vacancies right before admitted_seq.
UPDATE queue SET highest_admitted_seq = admitted_seq WHERE highest_admitted_seq IS NULL AND admitted_seq > 0;
