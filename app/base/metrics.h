#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace concert {

// Counters in memory that a master and all its workers share. Constructed before the first fork, so
// that a worker's death loses nothing. All operations are lock-free.
class Metrics {
 public:
  // Counters beside those of requests.
  enum Counter : std::size_t {
    database_round_trips,
    database_errors,
    database_deadlocks,
    database_lock_timeouts,
    database_slow_statements,
    database_moves,
    database_split_checks,
    transaction_retries,
    cache_round_trips,
    cache_errors,
    cache_hits,
    cache_misses,
    worker_starts,
    worker_deaths,
    log_lines_dropped,
    reports_malformed,
    kCounters
  };

  static constexpr std::array<int, 21> kStatuses{200, 201, 204, 304, 308, 400, 401,
                                                 402, 403, 404, 405, 409, 410, 413,
                                                 415, 422, 429, 500, 502, 503, 504};
  // The statuses of answers that the web server gives by itself: 300 to 599.
  static constexpr int kFirstNginxStatus = 300;
  static constexpr int kNginxStatuses = 300;
  static constexpr std::size_t kMostWorkers = 2048;
  // Upper bounds of the latency histogram, in microseconds; one more bucket has no bound.
  static constexpr std::array<std::int64_t, 13> kBounds_us{
      500,    1000,   2500,   5000,    10000,   25000,   50000,
      100000, 250000, 500000, 1000000, 2500000, 10000000};

  // A value with a meaning of its owner's: a counter that only grows, or a gauge that is set.
  struct Cell {
    const char* name;
    const char* labels;  // `kind="a"`, or empty; cells of one name are adjacent
    const char* help;
    bool gauge = false;
    double scale = 1;  // what is shown for a value of 1: 1e-6 where microseconds are counted
  };

  // `routes` names the routes in the order of their indices. `codes` are the refusals with a series
  // of their own; all others count as "other". `cells` are the owner's.
  explicit Metrics(std::vector<std::string> routes, std::vector<std::string> codes = {},
                   std::vector<Cell> cells = {});
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void add(Counter counter, std::uint64_t count = 1);
  std::uint64_t value(Counter counter) const;

  // The owner's cells, by index; an index without a cell is ignored.
  void add_to_cell(std::size_t cell, std::uint64_t count);
  void set_cell(std::size_t cell, std::uint64_t value);
  std::uint64_t cell(std::size_t cell) const;

  // Counts one answered request of the route with that index.
  void count_request(std::size_t route, int status, std::int64_t duration_us);
  void count_refusal(std::string_view code);
  // Counts an answer that the web server gave by itself. Returns false for any other status.
  bool count_nginx_answer(int status);

  // A worker starts with a slot that no living worker has. There it notes how many requests it has
  // in hand, and by heartbeat() that it makes progress.
  void take_slot(std::size_t slot) { slot_ = slot; }
  void set_in_hand(std::size_t requests);
  void heartbeat();
  // How many heartbeats the workers of this slot have sent in all.
  std::uint64_t heartbeats(std::size_t slot) const;
  void set_workers(std::size_t living);
  void clear_slot(std::size_t slot);

  // All of it in the Prometheus text format.
  std::string render() const;

 private:
  struct Route;
  struct Shared;

  void render_counters(std::string& text) const;
  void render_cells(std::string& text) const;
  void render_requests(std::string& text) const;
  void render_refusals(std::string& text) const;
  void render_nginx_answers(std::string& text) const;
  void render_workers(std::string& text) const;

  std::vector<std::string> routes_;
  std::vector<std::string> codes_;
  std::vector<Cell> cells_;
  std::size_t slot_ = kMostWorkers;  // no slot
  std::size_t size_ = 0;
  Shared* shared_ = nullptr;
  Route* route_ = nullptr;
  std::atomic<std::uint64_t>* code_ = nullptr;
  std::atomic<std::uint64_t>* cell_ = nullptr;
};

// Lines of the Prometheus text format.

// What every family begins with; `type` is counter, gauge or histogram.
void append_family(std::string& text, std::string_view name, std::string_view type,
                   std::string_view help);

// `labels` is `key="value",...`, or empty.
void append_sample(std::string& text, std::string_view name, std::string_view labels, double value);

}  // namespace concert
