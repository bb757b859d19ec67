#pragma once

#include <vector>

#include "base/metrics.h"

namespace concert {

// The service's own counters, as cells of Metrics: per host, since its master started. They count
// after the commit, so nothing that was rolled back.
enum Counted : std::size_t {
  points_charged,
  points_paid,
  seats_held,
  seats_sold,
  tokens_active,
  tokens_waiting,
  cron_done,
  cron_cut_short,
  cron_failed,
  cron_pass_time_us,
  cron_last_pass_us,
  cron_last_success_s,
  cron_admitted,
  cron_holds_expired,
  cron_active_expired,
  cron_waiting_expired,
  cron_pruned,
  cron_kept_configuration
};

// Their descriptions, in that order.
std::vector<Metrics::Cell> counted_cells();

}  // namespace concert
