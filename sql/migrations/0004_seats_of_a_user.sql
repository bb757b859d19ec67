-- Every hold counts the seats that its user has of the date. By this index it reads no reservations that
-- have ended, of which one user can make any number.
ALTER TABLE reservation
  ADD KEY reservation_of_user_date_state (user_id, concert_date_id, state),
  DROP KEY reservation_of_user_and_date;
