-- A seat that was refunded while others of its reservation were not: refunded_at is when. The seat_count of a
-- reservation counts those that were not, so that every release counts right what a user owns of a date.
ALTER TABLE reservation_seat ADD COLUMN refunded_at DATETIME(3) NULL;
