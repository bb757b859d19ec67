#include "store/session/host_choice.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>

#include "base/steady_clock.h"

namespace concert {
namespace {

// A host that is left within this time after a return to it is unstable: the next return takes
// twice as many looks that find it ready.
constexpr std::int64_t kSoon_ms = 60'000;

}  // namespace

HostChoice::HostChoice() {
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "cannot share memory");
  shared_ = new (memory) Shared;
}

HostChoice::~HostChoice() { ::munmap(shared_, sizeof(Shared)); }

std::size_t HostChoice::host() const { return shared_->host; }

void HostChoice::leave_for(std::size_t left, std::size_t host) {
  if (left == host || !shared_->host.compare_exchange_strong(left, host)) return;
  shared_->ready_looks = 0;
  const bool is_soon = steady_ms() - shared_->went_back_ms < kSoon_ms;
  shared_->needed_looks =
      is_soon ? std::min(2 * shared_->needed_looks.load(), kMostLooks) : kFirstLooks;
}

std::int64_t HostChoice::claim_look() {
  const std::int64_t now_ms = steady_ms();
  std::int64_t due_ms = shared_->next_look_ms;
  if (now_ms < due_ms) return 0;
  if (!shared_->next_look_ms.compare_exchange_strong(due_ms, now_ms + kLook_ms)) return 0;
  return ++shared_->looks;
}

void HostChoice::postpone_look(std::int64_t time_ms) {
  shared_->next_look_ms = steady_ms() + time_ms;
}

bool HostChoice::saw_ready(std::size_t host) {
  if (shared_->candidate.exchange(host) != host) shared_->ready_looks = 0;
  if (++shared_->ready_looks < shared_->needed_looks) return false;
  shared_->ready_looks = 0;
  shared_->went_back_ms = steady_ms();
  shared_->host = host;
  return true;
}

void HostChoice::saw_none_ready() { shared_->ready_looks = 0; }

std::int64_t HostChoice::saw_split(bool is_split) {
  if (is_split) return ++shared_->split_looks;
  return shared_->split_looks = 0;
}

}  // namespace concert
