#pragma once

#include <chrono>
#include <thread>

#include "store/session/errors.h"

namespace concert {

// Runs `work`, which makes its changes in one transaction, and returns its result. If the answer to
// COMMIT is lost, `work` runs again with `true`: its last run may have been committed, which it can
// see once it has the same locks. Throws OutcomeUnknown if the database does not come back within
// two seconds.
template <class Work>
auto settle(Work work) -> decltype(work(false)) {
  constexpr auto kTimeout = std::chrono::seconds(2);
  constexpr auto kPause = std::chrono::milliseconds(50);
  try {
    return work(false);
  } catch (const OutcomeUnknown&) {
  }
  const auto give_up = std::chrono::steady_clock::now() + kTimeout;
  for (;;) {
    try {
      return work(true);
    } catch (const DatabaseUnavailable& error) {
      if (std::chrono::steady_clock::now() >= give_up) throw OutcomeUnknown(error.what());
    } catch (const Busy& error) {
      throw OutcomeUnknown(error.what());
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace concert
