#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "base/metrics.h"

namespace concert {

// Keeps `workers` processes alive. A worker that ends is replaced at once; where workers keep dying
// young, after a pause that doubles up to ten seconds. SIGTERM and SIGINT: the workers finish what
// they have in hand and the master returns. SIGHUP: the workers are replaced one after another, the
// new one before the old one goes.
class Master {
 public:
  using Clock = std::chrono::steady_clock;

  struct Plan {
    int workers = 1;
    // The life of the worker with this number, run in the child; returns its exit code.
    std::function<int(int)> work;
    // A descriptor to watch besides, or -1, and what to do when it can be read.
    int watched_fd = -1;
    std::function<void()> on_readable;
    std::function<int()>
        reload;  // on SIGHUP: takes the new settings, returns the number of workers
  };

  Master(Plan plan, Metrics& metrics) : plan_(std::move(plan)), metrics_(metrics) {}

  // Runs until asked to stop. Call it before any thread is started.
  void run();

 private:
  struct Worker {
    std::size_t slot = 0;  // in the metrics; no other living worker has it
    int number = 0;        // from 0; a successor has the number of the one that it replaces
    Clock::time_point started;
    Clock::time_point asked_to_stop;  // zero: not asked
    bool stopping = false;
  };

  void start_worker();
  void start_missing();
  void reap();
  void handle_signal(int signal);
  void begin_reload();
  void roll_on();
  void press_on_stopping();
  void stop(pid_t pid, Worker& worker);
  int standing_workers() const;
  int free_number() const;
  std::size_t free_slot() const;
  int next_signal(int signals_fd);
  std::chrono::milliseconds patience() const;
  void read_watchdog();

  Plan plan_;
  Metrics& metrics_;
  std::map<pid_t, Worker> workers_;
  std::map<pid_t, bool> to_replace_;  // of a reload: whether its successor has been started
  bool reloading_ = false;            // systemd has been told of a reload, not yet of its end
  int early_deaths_ = 0;
  Clock::time_point not_before_;
  bool stopping_ = false;
  std::chrono::milliseconds watchdog_pause_{10'000};  // the longest without a sign of life
  bool watchdog_listens_ = false;
};

}  // namespace concert
