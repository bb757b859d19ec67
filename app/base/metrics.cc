#include "base/metrics.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <new>
#include <system_error>

namespace concert {
namespace {

using Cell = std::atomic<std::uint64_t>;
static_assert(Cell::is_always_lock_free, "cells are shared between processes");

struct Description {
  const char* name;
  const char* help;
};

constexpr std::array<Description, Metrics::kCounters> kDescriptions{{
    {"concert_database_round_trips_total", "Statements sent to the database."},
    {"concert_database_errors_total", "Failures of the database, lost connections included."},
    {"concert_transaction_retries_total",
     "Transactions begun anew after a deadlock or a lock wait."},
    {"concert_cache_round_trips_total", "Calls to memcached."},
    {"concert_cache_errors_total", "Calls to memcached that failed."},
    {"concert_cache_hits_total", "Keys that memcached had."},
    {"concert_cache_misses_total", "Keys that memcached did not have."},
    {"concert_worker_starts_total", "Workers started."},
    {"concert_worker_deaths_total", "Workers that ended without being asked to."},
}};

}  // namespace

struct Metrics::Route {
  std::array<Cell, kStatuses.size() + 1> by_status;
  std::array<Cell, kBounds_us.size() + 1> by_duration;
  Cell duration_sum_us;
};

struct Metrics::Shared {
  std::array<Cell, kCounters> counters;
};

Metrics::Metrics(std::vector<std::string> routes) : routes_(std::move(routes)) {
  size_ = sizeof(Shared) + sizeof(Route) * routes_.size();
  void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "cannot map memory for the counters");
  }
  // Fresh anonymous memory is zero, which is the cells' initial value.
  shared_ = new (memory) Shared;
  route_ = reinterpret_cast<Route*>(static_cast<char*>(memory) + sizeof(Shared));
  for (std::size_t i = 0; i < routes_.size(); ++i) new (route_ + i) Route;
}

Metrics::~Metrics() { ::munmap(shared_, size_); }

void Metrics::add(Counter counter, std::uint64_t count) {
  shared_->counters[counter].fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Metrics::value(Counter counter) const {
  return shared_->counters[counter].load(std::memory_order_relaxed);
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

std::string Metrics::render() const {
  std::string text;
  const auto out = std::back_inserter(text);
  for (std::size_t i = 0; i < kCounters; ++i) {
    fmt::format_to(out, "# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}\n", kDescriptions[i].name,
                   kDescriptions[i].help, value(static_cast<Counter>(i)));
  }
  text +=
      "# HELP concert_requests_total Requests answered, by route and status.\n"
      "# TYPE concert_requests_total counter\n";
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    for (std::size_t s = 0; s <= kStatuses.size(); ++s) {
      const auto count = route_[r].by_status[s].load(std::memory_order_relaxed);
      if (count == 0) continue;
      const std::string status = s < kStatuses.size() ? std::to_string(kStatuses[s]) : "other";
      fmt::format_to(out, "concert_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", routes_[r],
                     status, count);
    }
  }
  text +=
      "# HELP concert_request_duration_seconds Time to answer in the worker, by route.\n"
      "# TYPE concert_request_duration_seconds histogram\n";
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    std::uint64_t total = 0;
    for (std::size_t b = 0; b <= kBounds_us.size(); ++b) {
      total += route_[r].by_duration[b].load(std::memory_order_relaxed);
      const std::string bound = b < kBounds_us.size()
                                    ? fmt::format("{}", static_cast<double>(kBounds_us[b]) / 1e6)
                                    : "+Inf";
      fmt::format_to(out, "concert_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n",
                     routes_[r], bound, total);
    }
    const auto sum = route_[r].duration_sum_us.load(std::memory_order_relaxed);
    fmt::format_to(out, "concert_request_duration_seconds_sum{{route=\"{}\"}} {}\n", routes_[r],
                   static_cast<double>(sum) / 1e6);
    fmt::format_to(out, "concert_request_duration_seconds_count{{route=\"{}\"}} {}\n", routes_[r],
                   total);
  }
  return text;
}

}  // namespace concert
