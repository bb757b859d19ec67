-- A queue for a concert of its own. A program of the release before knows queue 1 alone; so that it sells nothing of
-- a concert in another queue, the dates of such a concert have their start in real_starts_at (0011_sale_terms.sql).
ALTER TABLE queue
  ADD COLUMN name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  ADD UNIQUE KEY queue_name (name);
UPDATE queue SET name = 'main' WHERE queue_id = 1 AND name IS NULL;

-- Without a foreign key, which would copy the table and wait for the one that every join changes. The program sees
-- to it, and no queue is ever deleted.
ALTER TABLE concert
  ADD COLUMN queue_id INT NOT NULL DEFAULT 1,
  ADD KEY concert_queue (queue_id, concert_id);
