#pragma once

#include <vector>

#include "base/read_ahead.h"
#include "service/access/guard.h"

namespace concert {

// The points that a user has.
class ShowBalance {
 public:
  ShowBalance(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Reads the balances of several users at once, for the requests of one round.
  void read_ahead(const std::vector<UserId>& users);

  // Refuses: token_expired, token_waiting.
  Points run(const TokenClaims& claims);

 private:
  Backend& backend_;
  Guard& guard_;
  ReadAhead<UserId, Account> ahead_;
};

}  // namespace concert
