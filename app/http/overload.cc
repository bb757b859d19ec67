#include "http/overload.h"

#include <fmt/format.h>

#include "base/log.h"

namespace concert {

bool Overload::sheds(std::int64_t now_ms, std::int64_t waited_ms) {
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
