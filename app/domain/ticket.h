#pragma once

#include <optional>
#include <string_view>

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

TicketId ticket_of(const TicketPlace& place);
// The inverse; nothing if no ticket has this id.
std::optional<TicketPlace> place_of(TicketId ticket);

enum class TicketState {
  valid,   // it lets its bearer in
  voided,  // it was given back
};

std::string_view to_text(TicketState state);

// The state of the tickets of a reservation's seat; nothing if there are none, because the
// reservation was not paid for.
std::optional<TicketState> ticket_state(ReservationState reservation);

struct Ticket {
  TicketId id;
  DateId date;
  SeatNumber seat = 0;
  TicketState state = TicketState::valid;
};

}  // namespace concert
