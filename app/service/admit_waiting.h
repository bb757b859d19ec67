#pragma once

#include "service/backend.h"

namespace concert {

// Lets waiting users in, in order: at most `admit_per_pass`, never above the active limit, nobody
// while paused. Safe beside copies of itself.
class AdmitWaiting {
 public:
  explicit AdmitWaiting(Backend& backend) : backend_(backend) {}

  // One pass. Returns how many went in.
  std::int64_t run();

 private:
  Backend& backend_;
};

}  // namespace concert
