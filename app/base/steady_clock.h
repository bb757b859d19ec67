#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace concert {

// Milliseconds of the monotonic clock, which nobody can set.
inline std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// When something that is read again and again is due: a second after the end of the last read. A
// read that failed after a long wait is followed by a pause of five times that wait, so that a
// locked table or a hanging server takes a sixth of a process's time at most.
class LookTimer {
 public:
  bool is_due() const { return due_in_ms() == 0; }
  std::int64_t due_in_ms() const { return std::max<std::int64_t>(due_ms_ - steady_ms(), 0); }
  // For a read that cannot be begun now: makes it due after that pause.
  void put_off(std::int64_t pause_ms) { due_ms_ = steady_ms() + pause_ms; }

  // Reads: `read` throws where it fails, and so does this.
  template <class Read>
  void look(Read read) {
    const std::int64_t begun_ms = steady_ms();
    try {
      read();
    } catch (...) {
      const std::int64_t now_ms = steady_ms();
      due_ms_ = now_ms + std::max(kEvery_ms, kPauseFactor * (now_ms - begun_ms));
      throw;
    }
    due_ms_ = steady_ms() + kEvery_ms;
  }

 private:
  static constexpr std::int64_t kEvery_ms = 1000;
  static constexpr std::int64_t kPauseFactor = 5;

  std::int64_t due_ms_ = 0;
};

}  // namespace concert
