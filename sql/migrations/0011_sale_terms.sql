-- When a date is on sale: from on_sale_at (null: at once) until sales_end_at (null: until it begins), and
-- not while stopped_at is set.
--
-- A concertd of the release before knows starts_at alone: it lists and sells a date until then. So that it
-- never sells what is not on sale, a date with any of these terms has its start in real_starts_at, and in
-- starts_at a moment long past: to that release it has begun. begins_at is the start of any date, and
-- closes_at the end of its sale; nothing else reads starts_at.
ALTER TABLE concert_date
  ADD COLUMN on_sale_at DATETIME(3) NULL,
  ADD COLUMN sales_end_at DATETIME(3) NULL,
  ADD COLUMN stopped_at DATETIME(3) NULL,
  ADD COLUMN real_starts_at DATETIME(3) NULL;
ALTER TABLE concert_date
  ADD COLUMN begins_at DATETIME(3) GENERATED ALWAYS AS (COALESCE(real_starts_at, starts_at)) VIRTUAL;
ALTER TABLE concert_date
  ADD COLUMN closes_at DATETIME(3) GENERATED ALWAYS AS (COALESCE(sales_end_at, real_starts_at, starts_at)) VIRTUAL;

-- Two dates of a concert cannot begin at the same moment.
ALTER TABLE concert_date ADD UNIQUE KEY concert_date_begin (concert_id, begins_at);
