#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>

#include "base/metrics.h"

namespace concert {

// Keeps a number of worker processes alive. One that ends is replaced at once; where they keep
// dying young, after a pause that doubles up to ten seconds. One that gives no sign of life
// (Metrics::beat) is killed, and replaced too. Only a process without threads may use it.
class Crew {
 public:
  using Clock = std::chrono::steady_clock;
  // The life of the worker with this number, run in the child; returns its exit code.
  using Work = std::function<int(int)>;
  // How long a worker may go on before it is killed.
  struct Patience {
    std::chrono::milliseconds drain{30'000};  // with what it has in hand, once asked to stop
    std::chrono::milliseconds stuck{60'000};  // without a sign that it gets on
  };

  Crew(int workers, Work work, Metrics& metrics) : Crew(workers, std::move(work), metrics, {}) {}
  Crew(int workers, Work work, Metrics& metrics, Patience patience)
      : wanted_(workers), work_(std::move(work)), metrics_(metrics), patience_(patience) {}

  // Takes note of who ended and starts, stops and kills whom it must. Call it after a SIGCHLD, and
  // before pause() is over.
  void tend();
  std::chrono::milliseconds pause() const;

  // Has the workers replaced one after another by `workers` new ones, the new one before the old
  // one goes; tend() does it.
  void replace_all(int workers);
  bool is_replacing() const { return !to_replace_.empty(); }
  // Has every worker finish what it has in hand and end; none is started from then on.
  void dismiss();
  std::size_t size() const { return workers_.size(); }

 private:
  struct Worker {
    std::size_t slot = 0;  // in the metrics; no other living worker has it
    int number = 0;        // from 0; a successor has the number of the one that it replaces
    Clock::time_point started;
    Clock::time_point asked_to_stop;  // zero: not asked
    bool stopping = false;
    bool killed = false;      // by this crew, which ran out of patience
    std::uint64_t beats = 0;  // when it was last looked at
    int silent_looks = 0;     // since they last grew
  };

  void start_worker();
  void start_missing();
  void reap();
  void note_death(pid_t pid, const Worker& worker, int status);
  void roll_on();
  void press_on_stopping();
  void kill_stuck();
  static void stop(pid_t pid, Worker& worker);
  int standing() const;
  int free_number() const;
  std::size_t free_slot() const;

  int wanted_;
  Work work_;
  Metrics& metrics_;
  Patience patience_;
  std::map<pid_t, Worker> workers_;
  std::map<pid_t, bool> to_replace_;  // whether its successor has been started
  Clock::time_point looked_;          // for those that are stuck
  int early_deaths_ = 0;
  Clock::time_point not_before_;
  bool dismissed_ = false;
};

}  // namespace concert
