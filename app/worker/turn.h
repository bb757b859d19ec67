#pragma once

#include <atomic>
#include <cstdint>

namespace concert {

// A turn that one process at a time has, of those forked after it was made. A process that dies or
// is stopped while it has the turn loses it after `longest_ms`. All calls are lock-free.
class Turn {
 public:
  // Longer than a statement may take, with the attempt to connect again that follows it.
  static constexpr std::int64_t kLongest_ms = 15'000;
  // Others need a millisecond or two, unless the database hangs.
  static constexpr std::int64_t kWait_ms = 20;

  explicit Turn(std::int64_t longest_ms = kLongest_ms);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Waits for the turn for up to kWait_ms. Returns whether this process has it.
  bool take();
  void end();

 private:
  std::int64_t longest_ms_;
  std::atomic<std::int64_t>* until_ms_;  // shared; when the turn is free
  std::int64_t mine_until_ms_ = 0;
};

}  // namespace concert
