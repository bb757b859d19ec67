#pragma once

#include <vector>

#include "service/guard.h"

namespace concert {

// The seats of a date as the database has them this instant.
class ListSeats {
 public:
  ListSeats(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Refuses: token_expired, token_waiting, date_not_found.
  std::vector<Seat> run(const TokenClaims& claims, ConcertId concert, DateId date);

 private:
  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
