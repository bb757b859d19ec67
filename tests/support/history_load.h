#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/history.h"
#include "support/ops_background.h"

namespace concert::test {

// What a user does next, in whatever state it then is; see Wanderer.
struct PlannedStep {
  unsigned roll = 0;  // 0 to 99: which of the things that can be done
  int seat = 1;       // the first of `seats` neighbours
  int seats = 1;
  int pause_ms = 0;
  bool gives_up = false;  // what was not answered is not asked for again
};

// The whole plan of one user; the same for the same seed.
std::vector<PlannedStep> plan_of(unsigned seed, unsigned user, std::size_t steps);

struct HistoryPlan {
  std::string url;
  std::int64_t concert = 0;
  unsigned users = 100;  // with more a slow machine refuses most of what they ask
  unsigned seed = 1;
};

// Users who join, leave, look, hold, release, charge, pay, ask twice, go away
// and come back, each by its plan, in a process of its own.
class HistoryLoad {
 public:
  // Writes the history to `file`.
  HistoryLoad(const HistoryPlan& plan, const std::string& file);

  // Lets every user finish the request in hand. Returns what happened, in no order.
  History stop();

 private:
  std::string file_;
  Background background_;
};

}  // namespace concert::test
