#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/metrics.h"
#include "worker/crew.h"

namespace concert {

// The parent of all workers: what signals ask of it and what systemd is told. SIGTERM and SIGINT:
// the workers finish what they have in hand and the master returns. SIGHUP: the workers are
// replaced one after another, unless the new settings are wrong.
class Master {
 public:
  struct Plan {
    int workers = 1;
    Crew::Work work;
    // A descriptor to watch besides, or -1, and what to do when it can be read.
    int watched_fd = -1;
    std::function<void()> on_readable;
    // On SIGHUP: takes the new settings, returns the number of workers; nothing, if they are wrong
    // and the old ones stay.
    std::function<std::optional<int>()> reload;
  };

  Master(Plan plan, Metrics& metrics)
      : plan_(std::move(plan)), crew_(plan_.workers, plan_.work, metrics) {}

  // Runs until asked to stop. Call it before any thread is started.
  void run();

 private:
  void handle_signal(int signal);
  void begin_reload();
  int next_signal(int signals_fd);
  std::chrono::milliseconds patience() const;
  void read_watchdog();

  Plan plan_;
  Crew crew_;
  bool reloading_ = false;  // systemd has been told of a reload, not yet of its end
  bool stopping_ = false;
  std::chrono::milliseconds watchdog_pause_{10'000};  // the longest without a sign of life
  bool watchdog_listens_ = false;
};

}  // namespace concert
