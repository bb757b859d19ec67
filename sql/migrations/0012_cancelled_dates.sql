-- A date that was cancelled: cancelled_at is since when, and refunds_ended_at when none of its holds was left
-- and everybody who paid was refunded. A cancelled date is stopped, so that to a program of the release
-- before it has begun, as its starts_at says.
ALTER TABLE concert_date
  ADD COLUMN cancelled_at DATETIME(3) NULL,
  ADD COLUMN refunds_ended_at DATETIME(3) NULL,
  ADD CONSTRAINT concert_date_cancelled CHECK (
    (cancelled_at IS NULL OR stopped_at IS NOT NULL) AND (refunds_ended_at IS NULL OR cancelled_at IS NOT NULL));

-- Two dates of a concert cannot begin at the same moment, but for cancelled ones: takes_place_at is null then.
ALTER TABLE concert_date
  ADD COLUMN takes_place_at DATETIME(3)
    GENERATED ALWAYS AS (CASE WHEN cancelled_at IS NULL THEN COALESCE(real_starts_at, starts_at) END) VIRTUAL;
ALTER TABLE concert_date
  ADD UNIQUE KEY concert_date_takes_place (concert_id, takes_place_at),
  ADD KEY concert_date_begins (concert_id, begins_at),
  DROP KEY concert_date_begin;
