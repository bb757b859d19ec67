#include "domain/ticket.h"

#include "domain/check.h"

namespace concert {

TicketId ticket_of(const TicketPlace& place) {
  check(place.reservation.value > 0 && place.reservation.value <= kMaxTicketedReservation,
        "a reservation's tickets have ids");
  return TicketId{place.reservation.value * kSeatsPerTicketRange + place.seat};
}

std::optional<TicketPlace> place_of(TicketId ticket) {
  const TicketPlace place{ReservationId{ticket.value / kSeatsPerTicketRange},
                          static_cast<SeatNumber>(ticket.value % kSeatsPerTicketRange)};
  const bool is_ticket = ticket.value <= kMaxId && place.reservation.value > 0 && place.seat > 0;
  return is_ticket ? std::optional(place) : std::nullopt;
}

std::string_view to_text(TicketState state) {
  switch (state) {
    case TicketState::valid: return "VALID";
    case TicketState::voided: return "VOID";
  }
  throw Bug("a state of a ticket without a text");
}

std::optional<TicketState> ticket_state(ReservationState reservation) {
  switch (reservation) {
    case ReservationState::paid: return TicketState::valid;
    case ReservationState::refunded: return TicketState::voided;
    case ReservationState::held:
    case ReservationState::expired:
    case ReservationState::released: return std::nullopt;
  }
  throw Bug("a state of a reservation that no ticket knows");
}

}  // namespace concert
