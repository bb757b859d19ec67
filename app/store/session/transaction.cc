#include "store/session/transaction.h"

#include <algorithm>
#include <random>

namespace concert {

std::chrono::microseconds backoff(int attempt) {
  constexpr std::uint32_t kFirst_us = 8000;
  constexpr int kMostDoublings = 8;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const std::uint32_t half_us = kFirst_us / 2 << std::clamp(attempt - 1, 0, kMostDoublings);
  return std::chrono::microseconds(half_us + random() % half_us);
}

}  // namespace concert
