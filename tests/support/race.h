#pragma once

#include <functional>
#include <vector>

#include "support/one_date.h"
#include "support/process.h"

namespace concert::test {

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
