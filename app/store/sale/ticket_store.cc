#include "store/sale/ticket_store.h"

#include <fmt/format.h>

#include "store/sale/hall_store.h"

namespace concert {
namespace {

// The columns of a reservation `r` and one of its seats `s`, as gather_tickets() takes them before
// those of its place.
constexpr char kTicket[] =
    "r.reservation_id, r.user_id, r.concert_date_id, "
    "CASE WHEN s.refunded_at IS NULL THEN r.state ELSE 'REFUNDED' END, s.seat_number";

std::vector<TicketRecord> gather_tickets(Rows rows) {
  std::vector<TicketRecord> tickets;
  while (rows.next()) {
    const auto state = ticket_state(reservation_state(rows.text(4)));
    if (!state) continue;
    const ReservationId reservation{rows.number(1)};
    const auto seat = static_cast<SeatNumber>(rows.number(5));
    tickets.push_back({{ticket_of({reservation, seat}), DateId{rows.number(3)}, seat, *state},
                       reservation,
                       rows.user(2),
                       read_place(rows, 6, seat)});
  }
  return tickets;
}

}  // namespace

std::optional<TicketRecord> TicketStore::find(TicketId id) {
  const auto place = place_of(id);
  if (!place) return std::nullopt;
  auto found = gather_tickets(session_.query(fmt::format(R"sql(
      SELECT {}, {}
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id {}
      WHERE r.reservation_id = ? AND s.seat_number = ?)sql",
                                                         kTicket, kPlace, kJoinPlace),
                                             {place->reservation, std::int64_t{place->seat}}));
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::vector<TicketRecord> TicketStore::of_date(DateId date) {
  return gather_tickets(session_.query(fmt::format(R"sql(
      SELECT {}, {}
      FROM reservation r JOIN reservation_seat s ON s.reservation_id = r.reservation_id {}
      WHERE r.concert_date_id = ? AND r.state IN ('PAID', 'REFUNDED')
      ORDER BY s.seat_number, r.reservation_id)sql",
                                                   kTicket, kPlace, kJoinPlace),
                                       {date}));
}

}  // namespace concert
