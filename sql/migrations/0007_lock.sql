-- The seat limit that was in force at the hold; null for older holds, and for those of a concertd of
-- the release before.
ALTER TABLE reservation ADD COLUMN seat_limit INT NULL;

-- A row of named_lock is a lock that holds on every node of a cluster; GET_LOCK holds on one server.
-- Migrations need such a lock themselves, so the program makes the table before the first migration
-- (store/session/schema.cc). An import writes its row in the transaction in which it imports.
INSERT INTO named_lock (name) VALUES ('import') ON DUPLICATE KEY UPDATE name = VALUES(name);
