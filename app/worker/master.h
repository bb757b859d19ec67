#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/metrics.h"
#include "worker/worker_pool.h"

namespace concert {

// The parent of all workers: obeys signals and tells systemd its state. SIGTERM and SIGINT: the
// workers answer what they have in hand, then run() returns. SIGHUP: the workers are replaced one
// after another, unless the new settings are wrong.
class Master {
 public:
  struct Plan {
    int workers = 1;
    WorkerPool::Work work;
    // A further descriptor to watch (-1: none), and what to do when it is readable.
    int watched_fd = -1;
    std::function<void()> on_readable;
    // On SIGHUP: takes the new settings and returns the number of workers. Nothing if they are
    // wrong; then the old settings stay.
    std::function<std::optional<int>()> reload;
  };

  Master(Plan plan, Metrics& metrics)
      : plan_(std::move(plan)), pool_(plan_.workers, plan_.work, metrics) {}

  // Runs until asked to stop. Call it before any thread is started.
  void run();

 private:
  void handle_signal(int signal);
  void begin_reload();
  int next_signal(int signals_fd);
  std::chrono::milliseconds poll_timeout() const;
  void read_watchdog();

  Plan plan_;
  WorkerPool pool_;
  bool reloading_ = false;  // systemd was told of the begin of a reload, not yet of its end
  bool stopping_ = false;
  std::chrono::milliseconds watchdog_pause_{
      10'000};  // the longest wait between two notices to systemd
  bool watchdog_listens_ = false;
};

}  // namespace concert
