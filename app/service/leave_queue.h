#pragma once

#include "service/backend.h"
#include "service/token_text.h"

namespace concert {

// Gives a token back: its user leaves the line, or frees the active place. Does nothing to a token
// that has ended already.
class LeaveQueue {
 public:
  explicit LeaveQueue(Backend& backend) : backend_(backend) {}
  void run(const TokenClaims& claims);

 private:
  Backend& backend_;
};

}  // namespace concert
