#pragma once

#include <chrono>

#include "service/backend.h"

namespace concert {

// Deletes what is past keeping (domain/retention.h): idempotency keys, tokens that ended, notes of
// admissions, counts of places that are admitted, and after `keep_reservations_days` reservations
// that ended without a payment.
class Prune {
 public:
  explicit Prune(Backend& backend) : backend_(backend) {}

  // What is past keeping now.
  KeptSince kept_since(const QueueRow& row) const;

  // Deletes one small batch of each kind after the other until nothing is past keeping, or until
  // `longest` has passed: then the next pass goes on. What somebody has locked is left for it, too.
  // Returns how many rows went.
  std::uint64_t run(const KeptSince& kept, std::chrono::milliseconds longest = kLongest);

  // What a pass did before is taken off this, so that it is over before the next second's begins.
  static constexpr std::chrono::milliseconds kLongest{400};
  static constexpr std::int64_t kBatch = 500;
  static constexpr std::int64_t kReservationBatch = 256;  // each with the rows of its seats

 private:
  Backend& backend_;
};

}  // namespace concert
