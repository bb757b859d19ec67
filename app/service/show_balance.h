#pragma once

#include "service/guard.h"

namespace concert {

// The points that a user has.
class ShowBalance {
 public:
  ShowBalance(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Refuses: token_expired, token_waiting.
  Points run(const TokenClaims& claims);

 private:
  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
