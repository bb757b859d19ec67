#include "service/sale/tickets.h"

namespace concert {

Tickets::Tickets(Reservations& reservations, const Settings& settings)
    : reservations_(reservations) {
  if (!settings.ticket_key.empty()) key_.emplace(settings.ticket_key);
}

std::vector<IssuedTicket> Tickets::list(const TokenClaims& claims, ReservationId id) {
  const Reservation reservation = reservations_.show(claims, id);
  // Also before there is anything to sign, so that a site without a key is noticed early.
  const TicketKey& signing = key();
  std::vector<IssuedTicket> tickets;
  for (std::size_t i = 0; i < reservation.seats.size(); ++i) {
    const SeatNumber seat = reservation.seats[i];
    const auto state = ticket_state(reservation.state_of(seat));
    if (!state) continue;
    const Ticket ticket{ticket_of({id, seat}), reservation.date, seat, *state};
    tickets.push_back({ticket, reservation.as_held[i].place,
                       ticket_code(signing, {ticket.id, ticket.date, seat})});
  }
  return tickets;
}

const TicketKey& Tickets::key() const {
  if (!key_) {
    throw Refusal(Reason::tickets_unavailable,
                  "The service has no key to sign tickets with; its operator must make one.");
  }
  return *key_;
}

}  // namespace concert
