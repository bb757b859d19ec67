#pragma once

#include <sys/mman.h>

#include <atomic>
#include <functional>
#include <new>
#include <vector>

#include "support/one_date.h"

namespace concert::test {

// Numbers that a process shares with its children; all 0 at first.
class SharedNumbers {
 public:
  explicit SharedNumbers(std::size_t count);
  ~SharedNumbers();
  SharedNumbers(const SharedNumbers&) = delete;
  SharedNumbers& operator=(const SharedNumbers&) = delete;

  std::atomic<std::int64_t>& operator[](std::size_t i) { return numbers_[i]; }

 private:
  std::size_t count_;
  std::atomic<std::int64_t>* numbers_;
};

// A point that `count` processes reach before any of them goes on. Made before the fork.
class Barrier {
 public:
  explicit Barrier(int count) : missing_(1) { missing_[0] = count; }
  void arrive_and_wait();

 private:
  SharedNumbers missing_;
};

// How `call` ends: 0 where it returns, else the status that a client would get for its refusal or
// failure.
int status_of(const std::function<void()>& call);

// Runs `act(services, i)` in `count` processes at the same moment, each with services of its own
// that are connected already. Returns what each call returned; -1 for a process that died or threw.
std::vector<int> race(const Settings& settings, int count,
                      const std::function<int(Services&, int)>& act);

// How many of `results` are `wanted`.
std::int64_t count_of(const std::vector<int>& results, int wanted);

// Repeats `round` until it returns true, at most `most` times. Returns whether it did. For a race
// whose guard was taken away: it happens, but not at every attempt.
bool happens_within(int most, const std::function<bool()>& round);

}  // namespace concert::test
