#include "report/counters.h"

#include "base/metric_names.h"

namespace concert {
namespace {

constexpr char kTokensHelp[] = "New tokens, by their first state.";
constexpr char kPassesHelp[] = "Passes of this host's concert-cron, by how they ended.";
constexpr char kExpiredHelp[] = "Holds and tokens that this host's concert-cron has expired.";

}  // namespace

std::vector<Metrics::Cell> counted_cells() {
  constexpr double kMicro = 1e-6;
  return {
      {metric::points_charged, "", "Points charged."},
      {metric::points_paid, "", "Points paid."},
      {metric::seats_held, "", "Seats held."},
      {metric::seats_sold, "", "Seats sold."},
      {metric::tokens_issued, "status=\"active\"", kTokensHelp},
      {metric::tokens_issued, "status=\"waiting\"", kTokensHelp},
      {metric::cron_passes, "outcome=\"done\"", kPassesHelp},
      {metric::cron_passes, "outcome=\"cut_short\"", kPassesHelp},
      {metric::cron_passes, "outcome=\"failed\"", kPassesHelp},
      {metric::cron_pass_seconds, "", "Time that all passes took.", false, kMicro},
      {metric::cron_last_pass_duration_seconds, "", "Time that the last pass took.", true, kMicro},
      {metric::cron_last_success_timestamp_seconds, "",
       "When the last successful pass of this host ended; 0: none since concertd started.", true},
      {metric::cron_admitted, "", "Users that this host's concert-cron has admitted."},
      {metric::cron_expired, "kind=\"hold\"", kExpiredHelp},
      {metric::cron_expired, "kind=\"active\"", kExpiredHelp},
      {metric::cron_expired, "kind=\"waiting\"", kExpiredHelp},
      {metric::cron_pruned, "", "Rows past their retention that this host's concert-cron deleted."},
      {metric::cron_kept_configuration_passes, "",
       "Passes of this host's concert-cron that used the last good configuration because "
       "concert.conf was wrong."},
  };
}

}  // namespace concert
