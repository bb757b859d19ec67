-- Administrators' actions on the day of a sale, and pruning. A concertd of the release before keeps
-- working: it sees a blocked seat as SOLD and cannot change it.

-- Append-only: every change by an administrator, written with the change. `subject` is JSON and names
-- what was changed by row ids, never a user by the id that the login service knows.
CREATE TABLE IF NOT EXISTS admin_action (
  action_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  done_at DATETIME(3) NOT NULL,
  who VARCHAR(200) NOT NULL,
  what VARCHAR(50) NOT NULL,
  subject TEXT NOT NULL,
  why VARCHAR(500) NOT NULL,
  KEY admin_action_what (what, done_at),
  CONSTRAINT admin_action_named CHECK (who <> '' AND what <> '')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A blocked seat is SOLD without a reservation; blocked_at is when it was blocked.
ALTER TABLE seat
  ADD COLUMN blocked_at DATETIME(3) NULL,
  DROP CONSTRAINT seat_state,
  ADD CONSTRAINT seat_state_and_block CHECK (
    (state = 'AVAILABLE' AND reservation_id IS NULL AND held_until IS NULL AND blocked_at IS NULL)
    OR (state = 'HELD' AND reservation_id IS NOT NULL AND held_until IS NOT NULL AND blocked_at IS NULL)
    OR (state = 'SOLD' AND reservation_id IS NOT NULL AND held_until IS NULL AND blocked_at IS NULL)
    OR (state = 'SOLD' AND reservation_id IS NULL AND held_until IS NULL AND blocked_at IS NOT NULL));

-- An import finds a concert by its title and venue.
ALTER TABLE concert ADD KEY concert_name (title, venue);

-- For pruning: reservations that ended without a payment are deleted when they are old.
ALTER TABLE reservation ADD KEY reservation_ended (state, ended_at);
