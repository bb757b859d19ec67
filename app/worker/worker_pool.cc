#include "worker/worker_pool.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/log.h"

namespace concert {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kYoung{1};  // a worker that dies younger has a cause that will kill the next too
constexpr seconds kLongestPause{10};
constexpr milliseconds kPressAgain{200};
constexpr milliseconds kLongestUnsupervised{10'000};
constexpr int kSilentChecks = 4;  // in a row without a heartbeat; then a worker is stuck

double in_seconds(milliseconds time) { return std::chrono::duration<double>(time).count(); }

std::string describe(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

}  // namespace

void WorkerPool::start_worker() {
  const pid_t master = ::getpid();
  const int number = free_number();
  const std::size_t slot = free_slot();
  const pid_t pid = ::fork();
  if (pid < 0) {
    log_error(
        fmt::format("cannot start a worker: {}. Fewer workers serve until a start succeeds. Check "
                    "the limits on "
                    "processes and memory.",
                    std::strerror(errno)));
    ++early_deaths_;
    no_start_before_ = Clock::now() + seconds(1);
    return;
  }
  if (pid == 0) {
    // A worker must not outlive its master: the next master could not supervise it.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != master) ::_exit(0);
    metrics_.take_slot(slot);
    int code = 1;
    try {
      code = work_(number);
    } catch (const std::exception& error) {
      log_error(fmt::format("a worker ends because of an error: {}", error.what()));
    }
    ::_exit(code);
  }
  workers_[pid] = {slot, number, Clock::now(), {}, false, metrics_.heartbeats(slot), 0};
  metrics_.add(Metrics::worker_starts);
  metrics_.set_workers(workers_.size());
}

int WorkerPool::free_number() const {
  std::set<int> taken;
  for (const auto& [pid, worker] : workers_) {
    if (!worker.is_stopping() && to_replace_.count(pid) == 0) taken.insert(worker.number);
  }
  int number = 0;
  while (taken.count(number) != 0) ++number;
  return number;
}

std::size_t WorkerPool::free_slot() const {
  std::set<std::size_t> taken;
  for (const auto& [pid, worker] : workers_) taken.insert(worker.slot);
  std::size_t slot = 0;
  while (taken.count(slot) != 0) ++slot;
  return slot;
}

int WorkerPool::serving() const {
  return static_cast<int>(std::count_if(workers_.begin(), workers_.end(), [](const auto& entry) {
    return !entry.second.is_stopping();
  }));
}

void WorkerPool::start_missing() {
  while (!stopping_all_ && Clock::now() >= no_start_before_ && serving() < wanted_) start_worker();
}

void WorkerPool::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = workers_.find(pid);
    if (found == workers_.end()) continue;
    const Worker worker = found->second;
    workers_.erase(found);
    metrics_.clear_slot(worker.slot);
    metrics_.set_workers(workers_.size());
    to_replace_.erase(pid);
    note_death(pid, worker, status);
  }
}

void WorkerPool::note_death(pid_t pid, const Worker& worker, int status) {
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  // Logged before the kill.
  const bool timed_out =
      worker.is_stopping() && worker.killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (clean || timed_out) {
    early_deaths_ = 0;
    return;
  }
  metrics_.add(Metrics::worker_deaths);
  log_error(fmt::format(
      "worker {} {}{}. What it had in hand was answered 502, except reads that nginx sent again.",
      pid, describe(status),
      worker.is_stopping() ? " while it finished what it had in hand"
                           : "; a new one takes its place"));
  if (!worker.is_stopping()) delay_starts(worker);
}

void WorkerPool::delay_starts(const Worker& dead) {
  const bool young = Clock::now() - dead.started < kYoung;
  early_deaths_ = young ? early_deaths_ + 1 : 0;
  if (early_deaths_ <= wanted_) return;
  const auto doublings = std::min(early_deaths_ - wanted_, 7);
  const auto pause = std::min<milliseconds>(milliseconds(100) * (1 << doublings), kLongestPause);
  no_start_before_ = Clock::now() + pause;
  log_error(fmt::format(
      "workers keep dying within their first second; the next starts in {} ms. The cause is in "
      "the lines above.",
      pause.count()));
}

void WorkerPool::stop(pid_t pid, Worker& worker) {
  worker.asked_to_stop = Clock::now();
  ::kill(pid, SIGTERM);
}

// One step of a reload: starts a new worker, then stops the old one.
void WorkerPool::replace_next() {
  if (to_replace_.empty() || stopping_all_) return;
  const bool one_is_stopping = std::any_of(to_replace_.begin(), to_replace_.end(), [&](pid_t pid) {
    return workers_.at(pid).is_stopping();
  });
  if (!one_is_stopping) {
    const pid_t old = *to_replace_.begin();
    if (serving() <= wanted_) start_worker();
    stop(old, workers_.at(old));
  }
}

// A SIGTERM that arrives before the worker has blocked it is lost, so it is sent again until the
// worker has ended.
void WorkerPool::press_on_stopping() {
  for (auto& [pid, worker] : workers_) {
    if (!worker.is_stopping()) continue;
    const bool too_long = Clock::now() - *worker.asked_to_stop > timeouts_.drain;
    if (too_long) {
      log_error(fmt::format("worker {} did not finish its request in {:g} s; killing it.", pid,
                            in_seconds(timeouts_.drain)));
      worker.killed = true;
    }
    ::kill(pid, too_long ? SIGKILL : SIGTERM);
  }
}

// By checks, not by time alone: after all of concertd was frozen, no worker counts as stuck.
void WorkerPool::kill_stuck() {
  const auto now = Clock::now();
  if (now - last_stuck_check_ < timeouts_.stuck / kSilentChecks) return;
  last_stuck_check_ = now;
  for (auto& [pid, worker] : workers_) {
    const std::uint64_t heartbeats = metrics_.heartbeats(worker.slot);
    worker.silent_checks = heartbeats == worker.heartbeats ? worker.silent_checks + 1 : 0;
    worker.heartbeats = heartbeats;
    if (worker.silent_checks < kSilentChecks) continue;
    log_error(fmt::format(
        "worker {} has given no sign of life for {:g} s; killing it. No wait of concertd is that "
        "long: was the process stopped, or does the machine swap?",
        pid, in_seconds(timeouts_.stuck)));
    worker.killed = true;
    ::kill(pid, SIGKILL);
  }
}

void WorkerPool::supervise() {
  reap();
  press_on_stopping();
  kill_stuck();
  replace_next();
  start_missing();
}

milliseconds WorkerPool::pause() const {
  const bool one_is_stopping = std::any_of(workers_.begin(), workers_.end(), [](const auto& entry) {
    return entry.second.is_stopping();
  });
  if (one_is_stopping) return kPressAgain;
  if (serving() < wanted_) return milliseconds(50);
  return std::min(kLongestUnsupervised, timeouts_.stuck / kSilentChecks);
}

void WorkerPool::replace_all(int workers) {
  wanted_ = workers;
  for (const auto& [pid, worker] : workers_) {
    if (!worker.is_stopping()) to_replace_.insert(pid);
  }
}

void WorkerPool::stop_all() {
  stopping_all_ = true;
  for (auto& [pid, worker] : workers_) {
    if (!worker.is_stopping()) stop(pid, worker);
  }
}

}  // namespace concert
