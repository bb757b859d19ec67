-- A concert begins once at a time: a date that an administrator adds again, not knowing whether the
-- first attempt went through, is refused.
ALTER TABLE concert_date
  ADD UNIQUE KEY concert_date_start (concert_id, starts_at),
  DROP KEY concert_date_starts;
