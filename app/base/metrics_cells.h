#pragma once

// How base/metrics.h keeps what it counts; only for its own sources.

#include "base/metrics.h"

namespace concert {

using MetricsCount = std::atomic<std::uint64_t>;
static_assert(MetricsCount::is_always_lock_free, "cells are shared between processes");

inline std::uint64_t read(const MetricsCount& count) {
  return count.load(std::memory_order_relaxed);
}

struct Metrics::Route {
  std::array<MetricsCount, kStatuses.size() + 1> by_status;
  std::array<MetricsCount, kBounds_us.size() + 1> by_duration;
  MetricsCount duration_sum_us;
};

struct Metrics::Shared {
  std::array<MetricsCount, kCounters> counters;
  std::array<MetricsCount, kNginxStatuses> nginx_answers;
  std::array<MetricsCount, kMostWorkers> in_hand;
  std::array<MetricsCount, kMostWorkers> heartbeats;
  MetricsCount workers;
  MetricsCount started_at_s;
};

}  // namespace concert
