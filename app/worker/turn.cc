#include "worker/turn.h"

#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <new>
#include <system_error>
#include <thread>

#include "base/steady_clock.h"

namespace concert {

Turn::Turn(std::int64_t longest_ms) : longest_ms_(longest_ms) {
  using Shared = std::atomic<std::int64_t>;
  static_assert(Shared::is_always_lock_free, "it is shared between processes");
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "cannot share memory");
  until_ms_ = new (memory) Shared(0);
}

Turn::~Turn() { ::munmap(until_ms_, sizeof *until_ms_); }

bool Turn::take() {
  const std::int64_t give_up_ms = steady_ms() + kWait_ms;
  for (;;) {
    const std::int64_t now_ms = steady_ms();
    std::int64_t until_ms = *until_ms_;
    if (until_ms <= now_ms && until_ms_->compare_exchange_strong(until_ms, now_ms + longest_ms_)) {
      mine_until_ms_ = now_ms + longest_ms_;
      return true;
    }
    if (now_ms >= give_up_ms) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Turn::end() {
  // Another process has it where this one was too slow.
  until_ms_->compare_exchange_strong(mine_until_ms_, 0);
}

}  // namespace concert
