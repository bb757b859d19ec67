-- How many users a queue may have active, of those that total_active_limit allows in all queues. A pass divides them.
-- NULL: there is no total.
ALTER TABLE queue
  ADD COLUMN active_share INT NULL,
  ADD CONSTRAINT queue_active_share_not_negative CHECK (active_share >= 0);
