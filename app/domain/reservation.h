#pragma once

#include <string_view>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/points.h"
#include "domain/seat.h"
#include "domain/user_id.h"

namespace concert {

enum class ReservationStatus { held, paid, expired, released, refunded };

std::string_view to_text(ReservationStatus status);
ReservationStatus reservation_status(std::string_view text);

// Seats that a user asked for at the prices of that moment. A hold past `held_until` is expired,
// whether or not anything has noted it.
struct Reservation {
  ReservationId id;
  UserId user;
  DateId date;
  ReservationStatus status = ReservationStatus::held;
  SeatNumbers seats;
  Points total = 0;
  Instant held_until;
};

}  // namespace concert
