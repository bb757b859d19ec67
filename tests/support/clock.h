#pragma once

#include <chrono>
#include <cstdint>

namespace concert::test {

// Milliseconds since 1970, by the clock of this host.
inline std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace concert::test
