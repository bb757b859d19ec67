#pragma once

#include <optional>
#include <string>
#include <vector>

#include "service/sale/reservations.h"
#include "service/sale/ticket_code.h"

namespace concert {

struct IssuedTicket {
  Ticket ticket;
  SeatPlace place;
  std::string code;
};

// The tickets of a user's reservations. They are not stored: a reservation and the key make them.
class Tickets {
 public:
  // Throws std::invalid_argument if `settings.ticket_key` is not empty and no key of tickets.
  Tickets(Reservations& reservations, const Settings& settings);

  // One for each seat, in order of seats; none while the reservation is not paid.
  // Refuses: token_expired, reservation_not_found, tickets_unavailable.
  std::vector<IssuedTicket> list(const TokenClaims& claims, ReservationId id);

  // Refuses: tickets_unavailable, where there is none.
  const TicketKey& key() const;

 private:
  Reservations& reservations_;
  std::optional<TicketKey> key_;
};

}  // namespace concert
