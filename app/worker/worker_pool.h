#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/metrics.h"

namespace concert {

// Keeps a number of worker processes alive. A worker that ends is replaced at once; if workers keep
// dying within their first second, after a pause that doubles up to ten seconds. A worker without a
// heartbeat (Metrics::heartbeat) is killed and replaced. Only a process without threads may use it:
// it forks, and it reaps every child of the process.
class WorkerPool {
 public:
  using Clock = std::chrono::steady_clock;
  // The life of the worker with this number, run in the child; returns its exit code.
  using Work = std::function<int(int)>;
  // A worker that takes longer is killed.
  struct Timeouts {
    std::chrono::milliseconds drain{30'000};  // from SIGTERM to its end, with requests in hand
    std::chrono::milliseconds stuck{60'000};  // without a heartbeat
  };

  WorkerPool(int workers, Work work, Metrics& metrics)
      : WorkerPool(workers, std::move(work), metrics, {}) {}
  WorkerPool(int workers, Work work, Metrics& metrics, Timeouts timeouts)
      : wanted_(workers), work_(std::move(work)), metrics_(metrics), timeouts_(timeouts) {}

  // Reaps, starts, stops and kills workers as they need it. Never waits. Call it after each
  // SIGCHLD, and at the latest after pause().
  void supervise();
  std::chrono::milliseconds pause() const;

  // Replaces the workers one after another by `workers` new ones, each started before its
  // predecessor is stopped; supervise() does it step by step.
  void replace_all(int workers);
  bool is_replacing() const { return !to_replace_.empty(); }
  // Lets every worker answer what it has in hand and end; none is started after it.
  void stop_all();
  std::size_t size() const { return workers_.size(); }

 private:
  struct Worker {
    std::size_t slot = 0;  // in the metrics; no other living worker has it
    int number = 0;        // from 0; a successor has the number of the worker that it replaces
    Clock::time_point started;
    std::optional<Clock::time_point> asked_to_stop{};
    bool killed = false;           // by this pool, after one of the timeouts
    std::uint64_t heartbeats = 0;  // at the last check
    int silent_checks = 0;         // in a row that found no new heartbeat

    bool is_stopping() const { return asked_to_stop.has_value(); }
  };

  void start_worker();
  void start_missing();
  void reap();
  void note_death(pid_t pid, const Worker& worker, int status);
  void delay_starts(const Worker& dead);
  void replace_next();
  void press_on_stopping();
  void kill_stuck();
  static void stop(pid_t pid, Worker& worker);
  int serving() const;
  int free_number() const;
  std::size_t free_slot() const;

  int wanted_;
  Work work_;
  Metrics& metrics_;
  Timeouts timeouts_;
  std::map<pid_t, Worker> workers_;
  std::set<pid_t> to_replace_;  // one at a time is stopping: its successor has been started
  Clock::time_point last_stuck_check_;
  int early_deaths_ = 0;
  Clock::time_point no_start_before_;
  bool stopping_all_ = false;
};

}  // namespace concert
