-- How many seats of a date a user has is asked at every hold. Reservations that are over, of which
-- one user can make any number, are not read for it.
ALTER TABLE reservation
  ADD KEY reservation_of_user_date_state (user_id, concert_date_id, state),
  DROP KEY reservation_of_user_and_date;
