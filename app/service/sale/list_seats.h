#pragma once

#include <optional>
#include <vector>

#include "base/read_ahead.h"
#include "service/access/guard.h"

namespace concert {

// The seats of a date as the database has them this instant.
class ListSeats {
 public:
  ListSeats(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Reads the seats of several dates at once, for the requests of one round.
  void read_ahead(const std::vector<DateId>& dates);

  // Refuses: token_expired, token_waiting, date_not_found.
  std::vector<Seat> run(const TokenClaims& claims, ConcertId concert, DateId date);

 private:
  std::optional<DateSeats> seats_of(DateId date);

  Backend& backend_;
  Guard& guard_;
  ReadAhead<DateId, DateSeats> ahead_;
};

}  // namespace concert
