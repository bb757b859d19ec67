#pragma once

#include "service/backend.h"
#include "service/expire_tokens.h"

namespace concert {

// Lets waiting users in, in order: at most `admit_per_pass`, never above the active limit, nobody
// while paused. Safe beside copies of itself.
class AdmitWaiting {
 public:
  explicit AdmitWaiting(Backend& backend) : backend_(backend), tokens_(backend) {}

  // How many went in, and how many were found on the way whose wait had just run out.
  struct Result {
    std::int64_t admitted = 0;
    std::size_t waiting_expired = 0;
  };
  // One pass.
  Result run();

  // So many places of the line are looked at under one lock of it, however many of them were left.
  static constexpr std::int64_t kStretch = 10'000;

 private:
  std::int64_t room(const QueueRow& row, const Result& so_far) const;
  bool is_head_left(const QueueRow& row);
  int stretch(Result& so_far, int at_most);

  Backend& backend_;
  ExpireTokens tokens_;
};

}  // namespace concert
