#include "base/metrics.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <new>
#include <system_error>

#include "base/metrics_text.h"

namespace concert {
namespace {

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free, "cells are shared between processes");

struct Description {
  const char* name;
  const char* help;
};

constexpr std::array<Description, Metrics::kCounters> kDescriptions{{
    {"concert_database_round_trips_total", "Statements sent to the database."},
    {"concert_database_errors_total", "Failures of the database, lost connections included."},
    {"concert_database_deadlocks_total", "Transactions that the database ended for a deadlock."},
    {"concert_database_lock_timeouts_total", "Locks that were not had in time."},
    {"concert_database_slow_statements_total", "Statements that took longer than slow_query_ms."},
    {"concert_transaction_retries_total",
     "Transactions begun anew after a deadlock or a lock wait."},
    {"concert_cache_round_trips_total", "Calls to memcached."},
    {"concert_cache_errors_total", "Calls to memcached that failed."},
    {"concert_cache_hits_total", "Keys that memcached had."},
    {"concert_cache_misses_total", "Keys that memcached did not have."},
    {"concert_worker_starts_total", "Workers started."},
    {"concert_worker_deaths_total", "Workers that ended without being asked to."},
    {"concert_log_lines_dropped_total", "Log lines that nobody took in time."},
    {"concert_events_malformed_total",
     "Messages of nginx or concert-cron that were not understood."},
}};

// Prometheus takes a counter's first value for where it began: one that is born above 0 hides what
// it was born of. What an alarm counts is therefore told from the start.
constexpr std::array kWatchedStatuses{500, 503};
constexpr std::array kWatchedOwnStatuses{429, 500, 502, 503, 504};

template <class Statuses>
bool has_status(const Statuses& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::uint64_t read(const Count& count) { return count.load(std::memory_order_relaxed); }

}  // namespace

struct Metrics::Route {
  std::array<Count, kStatuses.size() + 1> by_status;
  std::array<Count, kBounds_us.size() + 1> by_duration;
  Count duration_sum_us;
};

struct Metrics::Shared {
  std::array<Count, kCounters> counters;
  std::array<Count, kOwnStatuses> own_answers;
  std::array<Count, kMostWorkers> in_hand;
  std::array<Count, kMostWorkers> beats;
  Count workers;
  Count started_at_s;
};

Metrics::Metrics(std::vector<std::string> routes, std::vector<std::string> codes,
                 std::vector<Cell> cells)
    : routes_(std::move(routes)), codes_(std::move(codes)), cells_(std::move(cells)) {
  size_ = sizeof(Shared) + sizeof(Route) * routes_.size() +
          sizeof(Count) * (codes_.size() + 1 + cells_.size());
  void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "cannot map memory for the counters");
  }
  // Fresh anonymous memory is zero, which is the cells' initial value.
  shared_ = new (memory) Shared;
  route_ = reinterpret_cast<Route*>(static_cast<char*>(memory) + sizeof(Shared));
  for (std::size_t i = 0; i < routes_.size(); ++i) new (route_ + i) Route;
  code_ = reinterpret_cast<Count*>(route_ + routes_.size());
  for (std::size_t i = 0; i < codes_.size() + 1 + cells_.size(); ++i) new (code_ + i) Count;
  cell_ = code_ + codes_.size() + 1;
  shared_->started_at_s = static_cast<std::uint64_t>(std::time(nullptr));
}

Metrics::~Metrics() { ::munmap(shared_, size_); }

void Metrics::add(Counter counter, std::uint64_t count) {
  shared_->counters[counter].fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Metrics::value(Counter counter) const { return read(shared_->counters[counter]); }

void Metrics::add_to_cell(std::size_t cell, std::uint64_t count) {
  if (cell < cells_.size()) cell_[cell].fetch_add(count, std::memory_order_relaxed);
}

void Metrics::set_cell(std::size_t cell, std::uint64_t value) {
  if (cell < cells_.size()) cell_[cell].store(value, std::memory_order_relaxed);
}

std::uint64_t Metrics::cell(std::size_t cell) const {
  return cell < cells_.size() ? read(cell_[cell]) : 0;
}

void Metrics::count_request(std::size_t route, int status, std::int64_t duration_us) {
  Route& cells = route_[route];
  const auto* found = std::find(kStatuses.begin(), kStatuses.end(), status);
  const auto status_index = static_cast<std::size_t>(std::distance(kStatuses.begin(), found));
  cells.by_status[status_index].fetch_add(1, std::memory_order_relaxed);
  const auto* bound = std::lower_bound(kBounds_us.begin(), kBounds_us.end(), duration_us);
  const auto bound_index = static_cast<std::size_t>(std::distance(kBounds_us.begin(), bound));
  cells.by_duration[bound_index].fetch_add(1, std::memory_order_relaxed);
  cells.duration_sum_us.fetch_add(static_cast<std::uint64_t>(duration_us),
                                  std::memory_order_relaxed);
}

void Metrics::count_refusal(std::string_view code) {
  const auto found = std::find(codes_.begin(), codes_.end(), code);
  code_[std::distance(codes_.begin(), found)].fetch_add(1, std::memory_order_relaxed);
}

bool Metrics::count_own_answer(int status) {
  if (status < kFirstOwnStatus || status >= kFirstOwnStatus + kOwnStatuses) return false;
  shared_->own_answers[static_cast<std::size_t>(status - kFirstOwnStatus)].fetch_add(
      1, std::memory_order_relaxed);
  return true;
}

void Metrics::set_in_hand(std::size_t requests) {
  if (slot_ < kMostWorkers) shared_->in_hand[slot_].store(requests, std::memory_order_relaxed);
}

void Metrics::beat() {
  if (slot_ < kMostWorkers) shared_->beats[slot_].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t Metrics::beats(std::size_t slot) const {
  return slot < kMostWorkers ? read(shared_->beats[slot]) : 0;
}

void Metrics::set_workers(std::size_t living) { shared_->workers = living; }

void Metrics::clear_slot(std::size_t slot) {
  if (slot < kMostWorkers) shared_->in_hand[slot].store(0, std::memory_order_relaxed);
}

std::string Metrics::render() const {
  std::string text;
  render_counters(text);
  render_cells(text);
  render_requests(text);
  render_refusals(text);
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
  append_family(text, "concert_requests_total", "counter",
                "Requests answered, by route and status.");
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    for (std::size_t s = 0; s <= kStatuses.size(); ++s) {
      const auto count = read(route_[r].by_status[s]);
      const bool watched = s < kStatuses.size() && has_status(kWatchedStatuses, kStatuses[s]);
      if (count == 0 && !watched) continue;
      const std::string status = s < kStatuses.size() ? std::to_string(kStatuses[s]) : "other";
      fmt::format_to(out, "concert_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", routes_[r],
                     status, count);
    }
  }
  append_family(text, "concert_request_duration_seconds", "histogram",
                "Time from when a worker took the request until its answer, by route.");
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    std::uint64_t total = 0;
    for (std::size_t b = 0; b <= kBounds_us.size(); ++b) {
      total += read(route_[r].by_duration[b]);
      const std::string bound = b < kBounds_us.size()
                                    ? fmt::format("{}", static_cast<double>(kBounds_us[b]) / 1e6)
                                    : "+Inf";
      fmt::format_to(out, "concert_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n",
                     routes_[r], bound, total);
    }
    fmt::format_to(out, "concert_request_duration_seconds_sum{{route=\"{}\"}} {}\n", routes_[r],
                   static_cast<double>(read(route_[r].duration_sum_us)) / 1e6);
    fmt::format_to(out, "concert_request_duration_seconds_count{{route=\"{}\"}} {}\n", routes_[r],
                   total);
  }
}

void Metrics::render_refusals(std::string& text) const {
  append_family(text, "concert_refusals_total", "counter",
                "Problems answered by concertd, by their code.");
  for (std::size_t i = 0; i <= codes_.size(); ++i) {
    const std::string code = i < codes_.size() ? codes_[i] : "other";
    append_sample(text, "concert_refusals_total", fmt::format("code=\"{}\"", code),
                  static_cast<double>(read(code_[i])));
  }
  append_family(text, "concert_nginx_responses_total", "counter",
                "Answers that nginx gave by itself, by status; 499: the client was gone.");
  for (int i = 0; i < kOwnStatuses; ++i) {
    const auto count = read(shared_->own_answers[static_cast<std::size_t>(i)]);
    if (count == 0 && !has_status(kWatchedOwnStatuses, kFirstOwnStatus + i)) continue;
    append_sample(text, "concert_nginx_responses_total",
                  fmt::format("status=\"{}\"", kFirstOwnStatus + i), static_cast<double>(count));
  }
}

void Metrics::render_workers(std::string& text) const {
  std::uint64_t busy = 0;
  std::uint64_t in_hand = 0;
  for (const Count& slot : shared_->in_hand) {
    const auto requests = read(slot);
    busy += requests > 0 ? 1 : 0;
    in_hand += requests;
  }
  const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
    append_family(text, name, "gauge", help);
    append_sample(text, name, "", static_cast<double>(value));
  };
  gauge("concert_workers", "Workers alive.", read(shared_->workers));
  gauge("concert_workers_busy", "Workers with a request in hand, the one that tells this included.",
        busy);
  gauge("concert_requests_in_hand", "Requests that workers have taken and not answered.", in_hand);
  gauge("concert_start_timestamp_seconds", "When the master of concertd began.",
        read(shared_->started_at_s));
}

}  // namespace concert
