-- Two dates of a concert cannot begin at the same moment: if an administrator repeats an addition of
-- unknown outcome, the second is refused.
ALTER TABLE concert_date
  ADD UNIQUE KEY concert_date_start (concert_id, starts_at),
  DROP KEY concert_date_starts;
