#pragma once

#include <json/json.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ctl/top/scrape.h"

namespace concert {

// The service at a glance: rates between two scrapes, and states at the second one.
struct Overview {
  // `total`: since concertd started on that host.
  struct Counted {
    double per_s = 0;
    double total = 0;
  };
  // Times come from the histogram: as exact as its buckets, and never over the last bound.
  struct Latency {
    std::string route;
    double per_s = 0;
    double p50_ms = 0;
    double p99_ms = 0;
  };
  struct Refused {
    std::string code;
    double per_s = 0;
  };
  // Of all queues together.
  struct Queue {
    double waiting = 0;
    double active = 0;
    double active_limit = 0;  // of the limits that admit
    double admitted_last_minute = 0;
    double oldest_wait_s = 0;
    std::vector<std::int64_t> paused;        // ids of paused queues in which users wait
    std::vector<std::int64_t> paused_empty;  // of the other paused ones
    double holds_live = 0;
    double holds_lapsed = 0;
  };

  double seconds = 0;
  std::int64_t at_s = 0;  // since 1970
  std::string version;
  Latency all;
  std::vector<Latency> routes;    // with requests in the interval, the busiest first
  std::vector<Refused> refusals;  // the same
  Counted errors;                 // answers 5xx of concertd
  double workers = 0;
  double workers_busy = 0;
  double in_hand = 0;
  Counted worker_deaths;
  std::optional<Queue> queue;  // empty while the database is away
  Counted seats_held, seats_sold;
  Counted points_charged, points_paid;
  std::optional<double> cron_age_s;  // since the last successful pass, if there was one
  double cron_took_s = 0;
  double cron_failures = 0;  // passes that failed or were cut short
  Counted cache_hits, cache_misses, cache_errors;
  Counted round_trips, slow_statements, retries, deadlocks;
  Counted nginx_5xx, nginx_429;  // answers that nginx gave by itself

  // The part of the keys asked of memcached in the interval that it had; empty if none was asked.
  std::optional<double> hit_rate() const;
};

// `at_s` is the time of the second scrape by the clock of this host.
Overview compare(const Interval& interval, std::int64_t at_s);

// At most 80 columns wide, for a terminal. Over `most_lines` the tables are cut, routes before
// refusals, and say how many rows are not shown.
std::string to_text(const Overview& overview,
                    std::size_t most_lines = std::numeric_limits<std::size_t>::max());
Json::Value to_json(const Overview& overview);

}  // namespace concert
