#pragma once

#include <cstdint>
#include <vector>

namespace concert {

// What a queue has and wants of the users that may be active in all queues together.
struct QueueDemand {
  std::int64_t active_limit = 1;  // its own
  std::int64_t active = 0;
  std::int64_t waiting = 0;
};

// How many users may be active in each of `queues`, so that together they are at most `total`.
//
// Nobody who is active is sent away: a share is never less than `active`, whatever the total. What
// is left is given out in three rounds, each in proportion to the limits of the queues. First each
// queue in which users wait is brought up to floor(total * its limit / the limits of all queues in
// which users wait). Then those in which users still wait are served, up to their own limits. Last,
// what nobody waits for is kept ready for those who join.
std::vector<std::int64_t> queue_shares(const std::vector<QueueDemand>& queues, std::int64_t total);

}  // namespace concert
