#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace concert {

// Which of several database hosts a program writes to. All copies of one DatabaseUrl share it, also
// in processes that are forked later, so all workers are on one host. It moves to another host when
// a session finds this one unusable, and back to an earlier one of the list once that was found
// ready several times in a row; programs on other machines come to the same choice by the same
// rule. A host that is left soon after a move back must be ready for twice as long the next time.
// All calls are lock-free.
class HostChoice {
 public:
  static constexpr std::int64_t kLook_ms = 1000;
  static constexpr std::int64_t kFirstLooks = 3;
  static constexpr std::int64_t kMostLooks = 60;

  HostChoice();
  ~HostChoice();
  HostChoice(const HostChoice&) = delete;
  HostChoice& operator=(const HostChoice&) = delete;

  // The index of the host in force.
  std::size_t host() const;

  // A session found `left` in force, could not use it, and took `host`. Does nothing if another
  // host is in force already.
  void leave_for(std::size_t left, std::size_t host);

  // Claims the look at the other hosts, which one session makes every kLook_ms. Returns the number
  // of the look, from 1; 0: not now.
  std::int64_t claim_look();
  // Makes the next look due in `time_ms`.
  void postpone_look(std::int64_t time_ms);

  // That look found this earlier host ready. Returns whether it is in force now.
  bool saw_ready(std::size_t host);
  // That look found no earlier host ready.
  void saw_none_ready();

  // That look found sessions of this program's account on several hosts, or not. Returns how many
  // looks in a row did.
  std::int64_t saw_split(bool is_split);

 private:
  struct Shared {
    std::atomic<std::size_t> host{0};
    std::atomic<std::int64_t> next_look_ms{0};
    std::atomic<std::int64_t> looks{0};
    std::atomic<std::size_t> candidate{0};
    std::atomic<std::int64_t> ready_looks{0};  // of the candidate, in a row
    std::atomic<std::int64_t> needed_looks{kFirstLooks};
    std::atomic<std::int64_t> went_back_ms{-1'000'000'000};
    std::atomic<std::int64_t> split_looks{0};
  };
  Shared* shared_;
};

}  // namespace concert
