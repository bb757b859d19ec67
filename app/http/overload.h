#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "base/log.h"

namespace concert {

// Decides whether a worker sheds a request because more come than the machine can serve. A burst is
// served in order, however long that takes, and so are busy hours with short waits. An overload
// begins when for kOverloadAfter_ms every request has waited over kTooLong_ms: then each request
// that waited over kLong_ms is shed, so that the others are answered soon. It ends after kCalm_ms
// without a long wait.
class Overload {
 public:
  static constexpr std::int64_t kTooLong_ms = 250;
  static constexpr std::int64_t kLong_ms = 50;
  static constexpr std::int64_t kOverloadAfter_ms = 10'000;
  static constexpr std::int64_t kCalm_ms = 1000;

  // Notes a request that a worker took at `now_ms` after a wait of `waited_ms`. Returns whether to
  // shed it. Logs the begin and the end of an overload.
  bool sheds(std::int64_t now_ms, std::int64_t waited_ms);

 private:
  bool overloaded_ = false;
  std::int64_t last_long_ms_ = 0;
  std::int64_t long_since_ms_ = 0;
};

inline bool Overload::sheds(std::int64_t now_ms, std::int64_t waited_ms) {
  const bool calm = now_ms - last_long_ms_ > kCalm_ms;
  if (overloaded_ && calm) {
    overloaded_ = false;
    log_info("the overload is over: requests are served without a long wait.");
  }
  if (waited_ms <= (overloaded_ ? kLong_ms : kTooLong_ms)) {
    if (!overloaded_) long_since_ms_ = now_ms;
    return false;
  }
  if (calm) long_since_ms_ = now_ms;
  last_long_ms_ = now_ms;
  if (!overloaded_ && now_ms - long_since_ms_ > kOverloadAfter_ms) {
    overloaded_ = true;
    log_warning(fmt::format(
        "for {1} s every request has waited over {0} ms: more come than this machine can serve. "
        "Until that ends, requests that waited over {2} ms are answered 503 BUSY. Admit fewer "
        "users at a time (concertctl queue set --active-limit) or add a machine.",
        kTooLong_ms, kOverloadAfter_ms / 1000, kLong_ms));
  }
  return overloaded_;
}

}  // namespace concert
