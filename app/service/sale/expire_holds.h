#pragma once

#include "service/backend.h"

namespace concert {

// Notes holds that have lapsed and clears their seats. Nobody needs it to run: a lapsed hold is
// free by condition everywhere. Safe beside copies of itself and beside payments.
class ExpireHolds {
 public:
  explicit ExpireHolds(Backend& backend) : backend_(backend) {}

  // Ends one batch. Returns how many; fewer than kBatch when nothing is left.
  std::size_t batch();

  static constexpr std::int64_t kBatch = 200;

 private:
  Backend& backend_;
};

}  // namespace concert
