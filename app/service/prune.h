#pragma once

#include "service/backend.h"

namespace concert {

// Deletes what is past keeping: idempotency keys after a day, tokens two days after their end,
// notes of admissions after two days, counts of a line that has gone in, reservations that ended
// without a payment after `keep_reservations_days`.
class Prune {
 public:
  explicit Prune(Backend& backend) : backend_(backend) {}

  // What is past keeping now.
  KeptSince kept_since(const QueueRow& row) const;

  // One small batch of each; what somebody has locked is left for the next pass. Returns how many
  // rows went.
  std::uint64_t batch(const KeptSince& kept);

  static constexpr std::int64_t kBatch = 500;
  static constexpr std::int64_t kReservationBatch = 256;  // each with the rows of its seats

 private:
  Backend& backend_;
};

}  // namespace concert
