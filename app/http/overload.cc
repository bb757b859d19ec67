#include "http/overload.h"

#include <fmt/format.h>

#include "base/log.h"

namespace concert {

bool Overload::sheds(std::int64_t now_ms, std::int64_t waited_ms) {
  const bool calm = now_ms - last_long_ms_ > kCalm_ms;
  if (overloaded_ && calm) {
    overloaded_ = false;
    log_info("requests are served without a long wait again.");
  }
  if (waited_ms <= (overloaded_ ? kLong_ms : kTooLong_ms)) {
    if (!overloaded_) long_since_ms_ = now_ms;
    return false;
  }
  if (calm) long_since_ms_ = now_ms;
  last_long_ms_ = now_ms;
  if (!overloaded_ && now_ms - long_since_ms_ > kPatience_ms) {
    overloaded_ = true;
    log_warning(fmt::format(
        "every request has waited over {} ms for {} s: more come than this machine can serve. "
        "Those that wait over {} ms are answered 503 BUSY until that ends. Admit fewer at a time "
        "(concertctl queue set --active-limit) or add a machine.",
        kTooLong_ms, kPatience_ms / 1000, kLong_ms));
  }
  return overloaded_;
}

}  // namespace concert
