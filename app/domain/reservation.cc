#include "domain/reservation.h"

#include "domain/check.h"

namespace concert {

std::string_view to_text(ReservationState state) {
  switch (state) {
    case ReservationState::held: return "HELD";
    case ReservationState::paid: return "PAID";
    case ReservationState::expired: return "EXPIRED";
    case ReservationState::released: return "RELEASED";
    case ReservationState::refunded: return "REFUNDED";
  }
  throw Bug("no such reservation state");
}

ReservationState reservation_state(std::string_view text) {
  for (const auto state :
       {ReservationState::held, ReservationState::paid, ReservationState::expired,
        ReservationState::released, ReservationState::refunded}) {
    if (to_text(state) == text) return state;
  }
  throw Bug("the database holds an unknown reservation state");
}

}  // namespace concert
