#pragma once

#include <chrono>
#include <cstdint>

namespace concert {

// Milliseconds of the monotonic clock, which no administrator and no NTP moves.
inline std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace concert
