#pragma once

#include <optional>
#include <string_view>

#include "domain/check.h"
#include "domain/ids.h"
#include "domain/reservation.h"
#include "domain/seat.h"

namespace concert {

// A ticket is a seat of a reservation that was paid for. Its id says which:
// reservation * kSeatsPerTicketRange + seat.
using TicketId = Id<struct TicketTag>;

inline constexpr std::int64_t kSeatsPerTicketRange = 65'536;
static_assert(kMaxSeats < kSeatsPerTicketRange, "each seat number needs an id of its own");

// The last reservation whose tickets have ids that JSON holds exactly: over 137 thousand million.
inline constexpr std::int64_t kMaxTicketedReservation = kMaxId / kSeatsPerTicketRange;

struct TicketPlace {
  ReservationId reservation;
  SeatNumber seat = 0;
};

inline TicketId ticket_of(const TicketPlace& place) {
  check(place.reservation.value > 0 && place.reservation.value <= kMaxTicketedReservation,
        "a reservation's tickets have ids");
  return TicketId{place.reservation.value * kSeatsPerTicketRange + place.seat};
}

// The inverse; nothing if no ticket has this id.
inline std::optional<TicketPlace> place_of(TicketId ticket) {
  const TicketPlace place{ReservationId{ticket.value / kSeatsPerTicketRange},
                          static_cast<SeatNumber>(ticket.value % kSeatsPerTicketRange)};
  const bool is_ticket = ticket.value <= kMaxId && place.reservation.value > 0 && place.seat > 0;
  return is_ticket ? std::optional(place) : std::nullopt;
}

enum class TicketState {
  valid,   // it lets its bearer in
  voided,  // it was given back
};

inline std::string_view to_text(TicketState state) {
  switch (state) {
    case TicketState::valid: return "VALID";
    case TicketState::voided: return "VOID";
  }
  throw Bug("a state of a ticket without a text");
}

// The state of the ticket of a reservation's seat, of which `seat` says what became of it; nothing
// if there is none, because the reservation was not paid for.
inline std::optional<TicketState> ticket_state(ReservationState seat) {
  switch (seat) {
    case ReservationState::paid: return TicketState::valid;
    case ReservationState::refunded: return TicketState::voided;
    case ReservationState::held:
    case ReservationState::expired:
    case ReservationState::released: return std::nullopt;
  }
  throw Bug("a state of a reservation that no ticket knows");
}

struct Ticket {
  TicketId id;
  DateId date;
  SeatNumber seat = 0;
  TicketState state = TicketState::valid;
};

}  // namespace concert
