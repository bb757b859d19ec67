#pragma once

#include "service/guard.h"

namespace concert {

// Gives a token back: its user leaves the line, or frees the active place. Does nothing to a token
// that has ended already.
class LeaveQueue {
 public:
  LeaveQueue(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}
  void run(const TokenClaims& claims);

 private:
  void leave(const TokenClaims& claims, bool unheard);

  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
