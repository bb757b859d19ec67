#pragma once

#include <string_view>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/points.h"
#include "domain/seat.h"
#include "domain/user_id.h"

namespace concert {

enum class ReservationState { held, paid, expired, released, refunded };

std::string_view to_text(ReservationState state);
ReservationState reservation_state(std::string_view text);

// Seats that a user asked for at the prices of that moment. A hold past `held_until` is expired,
// whether or not anything has noted it.
struct Reservation {
  ReservationId id;
  UserId user;
  DateId date;
  ReservationState state = ReservationState::held;
  SeatNumbers seats;
  Points total = 0;
  Instant held_until;
};

// A reservation that was paid for. The amount is the reservation's total.
struct Payment {
  PaymentId id;
  UserId user;
  Points amount = 0;
  EntryNo entry;
  Points balance_after = 0;
  SeatNumbers seats;
  Instant paid_at;
  bool is_replayed = false;  // an earlier request made it
};

}  // namespace concert
