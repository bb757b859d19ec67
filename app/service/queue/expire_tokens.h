#pragma once

#include "service/backend.h"

namespace concert {

// Ends tokens whose time has run out and frees their places. Safe beside copies of itself.
class ExpireTokens {
 public:
  explicit ExpireTokens(Backend& backend) : backend_(backend) {}

  // Ends one token that has lapsed; does nothing if something else ended it or a use extended it.
  void one(const Token& token);

  // Ends one batch of lapsed active tokens. Returns how many.
  std::size_t lapsed_active();

  // Ends one batch of lapsed waiting tokens. Returns how many.
  std::size_t lapsed_waiting();

  // All of `places`, within a transaction that has locked the queue; who calls it notes them after
  // the commit.
  std::vector<EndedWait> lapsed_waiting_of_locked_queue(Range places);
  void note(const std::vector<EndedWait>& ended);

  static constexpr std::int64_t kBatch = 500;

 private:
  void end_waits(const std::vector<EndedWait>& waits);

  Backend& backend_;
};

}  // namespace concert
