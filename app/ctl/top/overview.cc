#include "ctl/top/overview.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/metric_names.h"
#include "base/parse_number.h"

namespace concert {
namespace {

// The number of requests by upper bound in seconds.
using Histogram = std::map<double, double>;

Histogram histogram(const Interval& interval, const Scrape::Labels& labels) {
  Histogram grown;
  for (const auto& [bound, count] :
       interval.growth_by(metric::kRequestDurationSecondsBucket, "le", labels)) {
    // All but the last bucket, "+Inf", have a number.
    grown[parse_number<double>(bound).value_or(std::numeric_limits<double>::infinity())] = count;
  }
  return grown;
}

// Assumes that requests are spread evenly within a bucket.
double quantile_ms(const Histogram& counts, double part) {
  const double rank = counts.empty() ? 0 : part * counts.rbegin()->second;
  double below = 0;
  double counted = 0;
  for (const auto& [bound, count] : counts) {
    if (count >= rank && count > counted) {
      if (std::isinf(bound)) break;
      return (below + (bound - below) * (rank - counted) / (count - counted)) * 1000;
    }
    if (std::isinf(bound)) break;
    below = bound;
    counted = count;
  }
  return below * 1000;
}

Overview::Latency latency(const Interval& interval, const std::string& route) {
  const Scrape::Labels labels = route.empty() ? Scrape::Labels{} : Scrape::Labels{{"route", route}};
  const Histogram counts = histogram(interval, labels);
  const double count = counts.empty() ? 0 : counts.rbegin()->second;
  return {route, count / interval.seconds, count > 0 ? quantile_ms(counts, 0.5) : 0,
          count > 0 ? quantile_ms(counts, 0.99) : 0};
}

template <class Rate>
void busiest_first(std::vector<Rate>& rates) {
  std::stable_sort(rates.begin(), rates.end(),
                   [](const Rate& a, const Rate& b) { return a.per_s > b.per_s; });
}

double gauge(const Interval& interval, const std::string& name, const Scrape::Labels& labels = {}) {
  return interval.after.value(name, labels).value_or(0);
}

Overview::Counted counted(const Interval& interval, const std::string& name) {
  Overview::Counted found;
  found.per_s = interval.growth(name) / interval.seconds;
  for (const auto& sample : interval.after.of(name)) found.total += sample.value;
  return found;
}

// Answers whose status begins with `digits`.
Overview::Counted answers(const Interval& interval, const std::string& name,
                          const std::string& digits) {
  Overview::Counted found;
  for (const auto& [status, count] : interval.growth_by(name, "status")) {
    if (status.rfind(digits, 0) == 0) found.per_s += count / interval.seconds;
  }
  for (const auto& sample : interval.after.of(name)) {
    const auto status = sample.labels.find("status");
    if (status != sample.labels.end() && status->second.rfind(digits, 0) == 0)
      found.total += sample.value;
  }
  return found;
}

// Sets which queues are paused.
void add_paused(Overview::Queue& found, const Scrape& now) {
  for (const auto& sample : now.of(metric::kQueuePaused)) {
    if (sample.value == 0) continue;
    const auto label = sample.labels.find("queue");
    const std::string id = label == sample.labels.end() ? "1" : label->second;
    Scrape::Labels waiting = sample.labels;
    waiting["state"] = "waiting";
    auto& paused = now.sum(metric::kQueueUsers, waiting) > 0 ? found.paused : found.paused_empty;
    paused.push_back(parse_number<std::int64_t>(id).value_or(0));
  }
}

std::optional<Overview::Queue> queues(const Interval& interval) {
  if (gauge(interval, metric::kDatabaseUp) != 1) return std::nullopt;
  Overview::Queue found;
  const Scrape& now = interval.after;
  found.waiting = now.sum(metric::kQueueUsers, {{"state", "waiting"}});
  found.active = now.sum(metric::kQueueUsers, {{"state", "active"}});
  found.active_limit = now.sum(metric::kQueueActiveLimit);
  found.admitted_last_minute = now.sum(metric::kQueueAdmittedLastMinute);
  for (const auto& sample : now.of(metric::kQueueOldestWaitSeconds))
    found.oldest_wait_s = std::max(found.oldest_wait_s, sample.value);
  add_paused(found, now);
  found.holds_live = gauge(interval, metric::kHolds, {{"state", "live"}});
  found.holds_lapsed = gauge(interval, metric::kHolds, {{"state", "lapsed"}});
  return found;
}

void add_cron(Overview& overview, const Interval& interval) {
  const double ended = gauge(interval, metric::kCronLastSuccessTimestampSeconds);
  if (ended > 0) overview.cron_age_s = std::max(0.0, static_cast<double>(overview.at_s) - ended);
  overview.cron_took_s = gauge(interval, metric::kCronLastPassDurationSeconds);
  for (const char* outcome : {"failed", "cut_short"})
    overview.cron_failures += gauge(interval, metric::kCronPasses, {{"outcome", outcome}});
}

void add_requests(Overview& overview, const Interval& interval) {
  overview.all = latency(interval, "");
  for (const auto& [route, count] :
       interval.growth_by(metric::kRequestDurationSecondsBucket, "route")) {
    if (count > 0) overview.routes.push_back(latency(interval, route));
  }
  busiest_first(overview.routes);
  for (const auto& [code, count] : interval.growth_by(metric::kRefusals, "code")) {
    if (count > 0) overview.refusals.push_back({code, count / interval.seconds});
  }
  busiest_first(overview.refusals);
  overview.errors = answers(interval, metric::kRequests, "5");
  overview.nginx_5xx = answers(interval, metric::kNginxResponses, "5");
  overview.nginx_429 = answers(interval, metric::kNginxResponses, "429");
}

}  // namespace

std::optional<double> Overview::hit_rate() const {
  const double asked = cache_hits.per_s + cache_misses.per_s;
  return asked > 0 ? std::optional(cache_hits.per_s / asked) : std::nullopt;
}

Overview compare(const Interval& interval, std::int64_t at_s) {
  Overview overview;
  overview.seconds = interval.seconds;
  overview.at_s = at_s;
  for (const auto& build : interval.after.of(metric::kBuildInfo)) {
    const auto version = build.labels.find("version");
    if (version != build.labels.end()) overview.version = version->second;
  }
  add_requests(overview, interval);
  overview.workers = gauge(interval, metric::kWorkers);
  overview.workers_busy = gauge(interval, metric::kWorkersBusy);
  overview.in_hand = gauge(interval, metric::kRequestsInHand);
  overview.worker_deaths = counted(interval, metric::kWorkerDeaths);
  overview.queue = queues(interval);
  overview.seats_held = counted(interval, metric::kSeatsHeld);
  overview.seats_sold = counted(interval, metric::kSeatsSold);
  overview.points_charged = counted(interval, metric::kPointsCharged);
  overview.points_paid = counted(interval, metric::kPointsPaid);
  add_cron(overview, interval);
  overview.cache_hits = counted(interval, metric::kCacheHits);
  overview.cache_misses = counted(interval, metric::kCacheMisses);
  overview.cache_errors = counted(interval, metric::kCacheErrors);
  overview.round_trips = counted(interval, metric::kDatabaseRoundTrips);
  overview.slow_statements = counted(interval, metric::kDatabaseSlowStatements);
  overview.retries = counted(interval, metric::kTransactionRetries);
  overview.deadlocks = counted(interval, metric::kDatabaseDeadlocks);
  return overview;
}

}  // namespace concert
