#include "report/counters.h"

namespace concert {
namespace {

constexpr char kTokens[] = "concert_tokens_issued_total";
constexpr char kTokensHelp[] = "New tokens, by their first state.";
constexpr char kPasses[] = "concert_cron_passes_total";
constexpr char kPassesHelp[] = "Passes of this host's concert-cron, by how they ended.";
constexpr char kExpired[] = "concert_cron_expired_total";
constexpr char kExpiredHelp[] = "Holds and tokens that this host's concert-cron has expired.";

}  // namespace

std::vector<Metrics::Cell> counted_cells() {
  constexpr double kMicro = 1e-6;
  return {
      {"concert_points_charged_total", "", "Points charged."},
      {"concert_points_paid_total", "", "Points paid."},
      {"concert_seats_held_total", "", "Seats held."},
      {"concert_seats_sold_total", "", "Seats sold."},
      {kTokens, "status=\"active\"", kTokensHelp},
      {kTokens, "status=\"waiting\"", kTokensHelp},
      {kPasses, "outcome=\"done\"", kPassesHelp},
      {kPasses, "outcome=\"cut_short\"", kPassesHelp},
      {kPasses, "outcome=\"failed\"", kPassesHelp},
      {"concert_cron_pass_seconds_total", "", "Time that all passes took.", false, kMicro},
      {"concert_cron_last_pass_duration_seconds", "", "Time that the last pass took.", true,
       kMicro},
      {"concert_cron_last_success_timestamp_seconds", "",
       "When the last successful pass of this host ended; 0: none since concertd started.", true},
      {"concert_cron_admitted_total", "", "Users that this host's concert-cron has admitted."},
      {kExpired, "kind=\"hold\"", kExpiredHelp},
      {kExpired, "kind=\"active\"", kExpiredHelp},
      {kExpired, "kind=\"waiting\"", kExpiredHelp},
      {"concert_cron_pruned_total", "",
       "Rows past their retention that this host's concert-cron deleted."},
      {"concert_cron_kept_configuration_passes_total", "",
       "Passes of this host's concert-cron that used the last good configuration because "
       "concert.conf was wrong."},
  };
}

}  // namespace concert
