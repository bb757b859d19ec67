-- What administrators do on the day of a sale, and what is past keeping. A concertd of the release
-- before works on with it: to it a blocked seat is SOLD, and it cannot make it anything else.

-- Append-only: every change that an administrator made, written with the change. `subject` is JSON
-- and names what was changed by its ids, never a user by the id that the login service knows.
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

-- A blocked seat is SOLD to nobody, since blocked_at.
ALTER TABLE seat
  ADD COLUMN blocked_at DATETIME(3) NULL,
  DROP CONSTRAINT seat_state,
  ADD CONSTRAINT seat_state_and_block CHECK (
    (state = 'AVAILABLE' AND reservation_id IS NULL AND held_until IS NULL AND blocked_at IS NULL)
    OR (state = 'HELD' AND reservation_id IS NOT NULL AND held_until IS NOT NULL AND blocked_at IS NULL)
    OR (state = 'SOLD' AND reservation_id IS NOT NULL AND held_until IS NULL AND blocked_at IS NULL)
    OR (state = 'SOLD' AND reservation_id IS NULL AND held_until IS NULL AND blocked_at IS NOT NULL));

-- An import finds a concert by its name and place.
ALTER TABLE concert ADD KEY concert_name (title, venue);

-- Reservations that ended without a payment are deleted once they are old.
ALTER TABLE reservation ADD KEY reservation_ended (state, ended_at);
