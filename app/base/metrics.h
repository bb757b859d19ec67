#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace concert {

// Counters in memory that a master and all its workers share. Made before the first fork; a
// worker's death loses none of them. All operations are lock-free.
class Metrics {
 public:
  // What is counted beside requests.
  enum Counter : std::size_t {
    database_round_trips,
    database_errors,
    transaction_retries,
    cache_round_trips,
    cache_errors,
    cache_hits,
    cache_misses,
    worker_starts,
    worker_deaths,
    kCounters
  };

  static constexpr std::array<int, 19> kStatuses{200, 201, 204, 400, 401, 402, 403, 404, 405, 409,
                                                 410, 413, 415, 422, 429, 500, 502, 503, 504};
  // Upper bounds of the latency histogram, in microseconds; one more bucket is without bound.
  static constexpr std::array<std::int64_t, 12> kBounds_us{
      500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 2500000, 10000000};

  // `routes` names the routes in the order of their indices.
  explicit Metrics(std::vector<std::string> routes);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void add(Counter counter, std::uint64_t count = 1);
  std::uint64_t value(Counter counter) const;

  // Counts one answered request of the route with that index.
  void count_request(std::size_t route, int status, std::int64_t duration_us);

  // All counters in the Prometheus text format.
  std::string render() const;

 private:
  struct Route;
  struct Shared;

  std::vector<std::string> routes_;
  std::size_t size_ = 0;
  Shared* shared_ = nullptr;
  Route* route_ = nullptr;
};

}  // namespace concert
