#pragma once

#include <functional>
#include <vector>

#include "support/one_date.h"

namespace concert::test {

// Runs `call` once, before the first statement of `db` that contains `part`.
void once_before(Session& db, std::string part, std::function<void()> call);

// The order in which holds take their seats. Each hold adds a row to a table of its own, in the
// hold's transaction, just before it takes them.
class TakingOrder {
 public:
  explicit TakingOrder(Services& services);
  ~TakingOrder();
  TakingOrder(const TakingOrder&) = delete;
  TakingOrder& operator=(const TakingOrder&) = delete;

  // Records the holds of these services, which may be another process's.
  static void record(Services& mine);

  struct Taken {
    SeatNumber first = 0;
    SeatNumber count = 0;
  };
  std::vector<Taken> taken();

 private:
  Services& services_;
};

}  // namespace concert::test
