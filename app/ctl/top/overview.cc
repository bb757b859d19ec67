#include "ctl/top/overview.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parse_number.h"

namespace concert {
namespace {

constexpr char kBuckets[] = "concert_request_duration_seconds_bucket";

// The number of requests by upper bound in seconds.
using Histogram = std::map<double, double>;

Histogram histogram(const Interval& interval, const Scrape::Labels& labels) {
  Histogram grown;
  for (const auto& [bound, count] : interval.growth_by(kBuckets, "le", labels)) {
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

std::optional<Overview::Queue> queue(const Interval& interval) {
  if (gauge(interval, "concert_database_up") != 1) return std::nullopt;
  Overview::Queue found;
  found.waiting = gauge(interval, "concert_queue_users", {{"state", "waiting"}});
  found.active = gauge(interval, "concert_queue_users", {{"state", "active"}});
  found.active_limit = gauge(interval, "concert_queue_active_limit");
  found.admitted_last_minute = gauge(interval, "concert_queue_admitted_last_minute");
  found.oldest_wait_s = gauge(interval, "concert_queue_oldest_wait_seconds");
  found.paused = gauge(interval, "concert_queue_paused") != 0;
  found.holds_live = gauge(interval, "concert_holds", {{"state", "live"}});
  found.holds_lapsed = gauge(interval, "concert_holds", {{"state", "lapsed"}});
  return found;
}

void add_cron(Overview& overview, const Interval& interval) {
  const double ended = gauge(interval, "concert_cron_last_success_timestamp_seconds");
  if (ended > 0) overview.cron_age_s = std::max(0.0, static_cast<double>(overview.at_s) - ended);
  overview.cron_took_s = gauge(interval, "concert_cron_last_pass_duration_seconds");
  for (const char* outcome : {"failed", "cut_short"})
    overview.cron_failures += gauge(interval, "concert_cron_passes_total", {{"outcome", outcome}});
}

void add_requests(Overview& overview, const Interval& interval) {
  overview.all = latency(interval, "");
  for (const auto& [route, count] : interval.growth_by(kBuckets, "route")) {
    if (count > 0) overview.routes.push_back(latency(interval, route));
  }
  busiest_first(overview.routes);
  for (const auto& [code, count] : interval.growth_by("concert_refusals_total", "code")) {
    if (count > 0) overview.refusals.push_back({code, count / interval.seconds});
  }
  busiest_first(overview.refusals);
  overview.errors = answers(interval, "concert_requests_total", "5");
  overview.nginx_5xx = answers(interval, "concert_nginx_responses_total", "5");
  overview.nginx_429 = answers(interval, "concert_nginx_responses_total", "429");
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
  for (const auto& build : interval.after.of("concert_build_info")) {
    const auto version = build.labels.find("version");
    if (version != build.labels.end()) overview.version = version->second;
  }
  add_requests(overview, interval);
  overview.workers = gauge(interval, "concert_workers");
  overview.workers_busy = gauge(interval, "concert_workers_busy");
  overview.in_hand = gauge(interval, "concert_requests_in_hand");
  overview.worker_deaths = counted(interval, "concert_worker_deaths_total");
  overview.queue = queue(interval);
  overview.seats_held = counted(interval, "concert_seats_held_total");
  overview.seats_sold = counted(interval, "concert_seats_sold_total");
  overview.points_charged = counted(interval, "concert_points_charged_total");
  overview.points_paid = counted(interval, "concert_points_paid_total");
  add_cron(overview, interval);
  overview.cache_hits = counted(interval, "concert_cache_hits_total");
  overview.cache_misses = counted(interval, "concert_cache_misses_total");
  overview.cache_errors = counted(interval, "concert_cache_errors_total");
  overview.round_trips = counted(interval, "concert_database_round_trips_total");
  overview.slow_statements = counted(interval, "concert_database_slow_statements_total");
  overview.retries = counted(interval, "concert_transaction_retries_total");
  overview.deadlocks = counted(interval, "concert_database_deadlocks_total");
  return overview;
}

}  // namespace concert
