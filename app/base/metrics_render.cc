#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "base/metric_names.h"
#include "base/metrics.h"
#include "base/metrics_cells.h"

namespace concert {
namespace {

struct Description {
  const char* name;
  const char* help;
};

constexpr std::array<Description, Metrics::kCounters> kDescriptions{{
    {metric::kDatabaseRoundTrips, "Statements sent to the database."},
    {metric::kDatabaseErrors, "Failures of the database, lost connections included."},
    {metric::kDatabaseDeadlocks, "Transactions that the database ended for a deadlock."},
    {metric::kDatabaseLockTimeouts, "Lock waits that timed out."},
    {metric::kDatabaseSlowStatements, "Statements that took longer than slow_query_ms."},
    {metric::kDatabaseMoves,
     "Sessions moved because concertd had switched to another host of database_url."},
    {metric::kDatabaseSplitChecks,
     "Second and later checks in a row that found concertd connected to more than one host of "
     "database_url."},
    {metric::kTransactionRetries, "Transactions retried after a deadlock or a lock timeout."},
    {metric::kCacheRoundTrips, "Calls to memcached."},
    {metric::kCacheErrors, "Calls to memcached that failed."},
    {metric::kCacheHits, "Keys that memcached had."},
    {metric::kCacheMisses, "Keys that memcached did not have."},
    {metric::kWorkerStarts, "Workers started."},
    {metric::kWorkerDeaths,
     "Workers that crashed or were killed, except those that took too long to stop."},
    {metric::kLogLinesDropped,
     "Log lines dropped because the journal or a pipe did not accept them."},
    {metric::kEventsMalformed,
     "Malformed reports of concert-cron and lines of nginx's answers log."},
}};

// Prometheus takes a counter's first value as its start: a series that first appears above 0 hides
// the events before. Series that an alarm counts are therefore rendered from the start.
constexpr std::array kWatchedStatuses{500, 503};
constexpr std::array kWatchedNginxStatuses{429, 500, 502, 503, 504};

template <class Statuses>
bool has_status(const Statuses& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

}  // namespace

std::string Metrics::render() const {
  std::string text;
  render_counters(text);
  render_cells(text);
  render_requests(text);
  render_refusals(text);
  render_nginx_answers(text);
  render_workers(text);
  return text;
}

void Metrics::render_counters(std::string& text) const {
  for (std::size_t i = 0; i < kCounters; ++i) {
    append_family(text, kDescriptions[i].name, "counter", kDescriptions[i].help);
    append_sample(text, kDescriptions[i].name, "",
                  static_cast<double>(value(static_cast<Counter>(i))));
  }
}

void Metrics::render_cells(std::string& text) const {
  std::string_view family;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Cell& cell = cells_[i];
    if (family != cell.name)
      append_family(text, cell.name, cell.gauge ? "gauge" : "counter", cell.help);
    family = cell.name;
    append_sample(text, cell.name, cell.labels, static_cast<double>(read(cell_[i])) * cell.scale);
  }
}

void Metrics::render_requests(std::string& text) const {
  const auto out = std::back_inserter(text);
  append_family(text, metric::kRequests, "counter", "Requests answered, by route and status.");
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    for (std::size_t s = 0; s <= kStatuses.size(); ++s) {
      const auto count = read(route_[r].by_status[s]);
      const bool watched = s < kStatuses.size() && has_status(kWatchedStatuses, kStatuses[s]);
      if (count == 0 && !watched) continue;
      const std::string status = s < kStatuses.size() ? std::to_string(kStatuses[s]) : "other";
      fmt::format_to(out, "{}{{route=\"{}\",status=\"{}\"}} {}\n", metric::kRequests, routes_[r],
                     status, count);
    }
  }
  append_family(text, metric::kRequestDurationSeconds, "histogram",
                "Time from when a worker took the request until its answer, by route.");
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    std::uint64_t total = 0;
    for (std::size_t b = 0; b <= kBounds_us.size(); ++b) {
      total += read(route_[r].by_duration[b]);
      const std::string bound = b < kBounds_us.size()
                                    ? fmt::format("{}", static_cast<double>(kBounds_us[b]) / 1e6)
                                    : "+Inf";
      fmt::format_to(out, "{}{{route=\"{}\",le=\"{}\"}} {}\n",
                     metric::kRequestDurationSecondsBucket, routes_[r], bound, total);
    }
    fmt::format_to(out, "{}_sum{{route=\"{}\"}} {}\n", metric::kRequestDurationSeconds, routes_[r],
                   static_cast<double>(read(route_[r].duration_sum_us)) / 1e6);
    fmt::format_to(out, "{}_count{{route=\"{}\"}} {}\n", metric::kRequestDurationSeconds,
                   routes_[r], total);
  }
}

void Metrics::render_refusals(std::string& text) const {
  append_family(text, metric::kRefusals, "counter",
                "Problems answered by concertd, by their code.");
  for (std::size_t i = 0; i <= codes_.size(); ++i) {
    const std::string code = i < codes_.size() ? codes_[i] : "other";
    append_sample(text, metric::kRefusals, fmt::format("code=\"{}\"", code),
                  static_cast<double>(read(code_[i])));
  }
}

void Metrics::render_nginx_answers(std::string& text) const {
  append_family(text, metric::kNginxResponses, "counter",
                "Answers that nginx gave by itself, by status; 499: the client was gone.");
  for (int i = 0; i < kNginxStatuses; ++i) {
    const auto count = read(shared_->nginx_answers[static_cast<std::size_t>(i)]);
    if (count == 0 && !has_status(kWatchedNginxStatuses, kFirstNginxStatus + i)) continue;
    append_sample(text, metric::kNginxResponses,
                  fmt::format("status=\"{}\"", kFirstNginxStatus + i), static_cast<double>(count));
  }
}

void Metrics::render_workers(std::string& text) const {
  std::uint64_t busy = 0;
  std::uint64_t in_hand = 0;
  for (const MetricsCount& slot : shared_->in_hand) {
    const auto requests = read(slot);
    busy += requests > 0 ? 1 : 0;
    in_hand += requests;
  }
  const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
    append_family(text, name, "gauge", help);
    append_sample(text, name, "", static_cast<double>(value));
  };
  gauge(metric::kWorkers, "Workers alive.", read(shared_->workers));
  gauge(metric::kWorkersBusy,
        "Workers with a request in hand, including the one that answers this.", busy);
  gauge(metric::kRequestsInHand, "Requests that workers have taken and not answered.", in_hand);
  gauge(metric::kStartTimestampSeconds, "When the master of concertd began.",
        read(shared_->started_at_s));
}

void append_family(std::string& text, std::string_view name, std::string_view type,
                   std::string_view help) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void append_sample(std::string& text, std::string_view name, std::string_view labels,
                   double value) {
  constexpr double kExact = 9'007'199'254'740'992.0;
  text += name;
  if (!labels.empty()) text.append("{").append(labels).append("}");
  // Whole numbers are shown to the last digit.
  if (std::floor(value) == value && std::abs(value) < kExact) {
    fmt::format_to(std::back_inserter(text), " {}\n", static_cast<std::int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(text), " {}\n", value);
  }
}

}  // namespace concert
