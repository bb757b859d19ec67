#pragma once

#include "service/backend.h"
#include "service/queue/expire_tokens.h"

namespace concert {

// Counts the credit to admit up to now at the rate that is in force until now: before it is
// changed. The caller has locked the queue's row.
void settle_credit(Backend& backend, const QueueRow& locked);

// Lets waiting users in, in order: never above the active limit, nobody while paused, and no faster
// than `admit_per_pass` in `admit_interval_seconds`, however many passes there are (0: at most
// `admit_per_pass` in each pass). Safe beside copies of itself.
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
  std::int64_t allowance(const QueueRow& row, const Result& so_far) const;
  std::int64_t room(const QueueRow& row, const Result& so_far) const;
  void note_credit(const QueueRow& row, std::int64_t admitted);
  bool is_head_left(const QueueRow& row);
  bool is_credit_of_future(const QueueRow& row) const;
  int stretch(Result& so_far, int at_most);

  Backend& backend_;
  ExpireTokens tokens_;
};

}  // namespace concert
