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
      {metric::kPointsCharged, "", "Points charged."},
      {metric::kPointsPaid, "", "Points paid."},
      {metric::kSeatsHeld, "", "Seats held."},
      {metric::kSeatsSold, "", "Seats sold."},
      {metric::kTokensIssued, "status=\"active\"", kTokensHelp},
      {metric::kTokensIssued, "status=\"waiting\"", kTokensHelp},
      {metric::kCronPasses, "outcome=\"done\"", kPassesHelp},
      {metric::kCronPasses, "outcome=\"cut_short\"", kPassesHelp},
      {metric::kCronPasses, "outcome=\"failed\"", kPassesHelp},
      {metric::kCronPassSeconds, "", "Time that all passes took.", false, kMicro},
      {metric::kCronLastPassDurationSeconds, "", "Time that the last pass took.", true, kMicro},
      {metric::kCronLastSuccessTimestampSeconds, "",
       "When the last successful pass of this host ended; 0: none since concertd started.", true},
      {metric::kCronAdmitted, "", "Users admitted by this host's concert-cron."},
      {metric::kCronExpired, "kind=\"hold\"", kExpiredHelp},
      {metric::kCronExpired, "kind=\"active\"", kExpiredHelp},
      {metric::kCronExpired, "kind=\"waiting\"", kExpiredHelp},
      {metric::kCronPruned, "", "Rows past their retention that this host's concert-cron deleted."},
      {metric::kCronKeptConfigurationPasses, "",
       "Passes of this host's concert-cron that used the last good configuration because "
       "concert.conf was wrong."},
  };
}

}  // namespace concert
