#include "domain/opening.h"

namespace concert {

std::int64_t poll_after_before_opening_s(std::int64_t left_ms, std::int64_t active_seconds,
                                         double jitter) {
  constexpr std::int64_t kLongest_s = 30;
  const std::int64_t most = std::clamp<std::int64_t>(active_seconds / 3, 1, kLongest_s);
  const std::int64_t until_opening_s = std::max<std::int64_t>(0, (left_ms + 999) / 1000) + 1;
  const bool is_near = until_opening_s <= most / 2;
  const std::int64_t least = is_near ? until_opening_s : std::max<std::int64_t>(1, most / 2);
  return least + static_cast<std::int64_t>(jitter * static_cast<double>(most - least + 1));
}

}  // namespace concert
