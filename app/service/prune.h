#pragma once

#include "service/backend.h"

namespace concert {

// Deletes what is past keeping: idempotency keys after a day, tokens two days after their end,
// notes of admissions after an hour, counts of a line that has gone in.
class Prune {
 public:
  explicit Prune(Backend& backend) : backend_(backend) {}

  // One small batch of each. Returns how many rows went.
  std::uint64_t batch();

  static constexpr std::int64_t kBatch = 500;

 private:
  Backend& backend_;
};

}  // namespace concert
