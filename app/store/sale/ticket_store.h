#pragma once

#include <optional>
#include <vector>

#include "domain/ticket.h"
#include "store/session/session.h"

namespace concert {

// A ticket as administrators see it.
struct TicketRecord {
  Ticket ticket;
  ReservationId reservation;
  UserId user;
  SeatPlace place;
};

// The tickets that reservations and their seats make.
class TicketStore {
 public:
  explicit TicketStore(Session& session) : session_(session) {}

  // Nothing if there is no such ticket.
  std::optional<TicketRecord> find(TicketId id);

  // Every ticket of the date, in order of seats; those of one seat in order of id.
  std::vector<TicketRecord> of_date(DateId date);

 private:
  Session& session_;
};

}  // namespace concert
