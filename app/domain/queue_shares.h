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
// Active users stay: a share is never less than `active`, whatever the total. The rest is divided
// in three rounds, each in proportion to the limits of the queues:
//   1. each queue in which users wait gets up to its guaranteed share, floor(total * its limit /
//   the
//      limits of all queues in which users wait);
//   2. each queue in which users still wait gets up to its own limit;
//   3. what is left is kept for users who join.
std::vector<std::int64_t> queue_shares(const std::vector<QueueDemand>& queues, std::int64_t total);

}  // namespace concert
