-- All live holds of a user are paid for together, so several payments may share a token. The rule that a token
-- pays once is kept by its lock and its state, and checked by `concertctl audit`.
ALTER TABLE payment
  ADD KEY payment_of_token (token_id),
  DROP KEY payment_token;

-- By this index a payment counts its user's live holds, and a hold what its user has of a date, without reading
-- reservations that have ended. It has the name of one with other columns, which the release before asks for by
-- name.
ALTER TABLE reservation
  DROP KEY reservation_of_user_date_state,
  ADD KEY reservation_of_user_date_state (user_id, state, concert_date_id);
