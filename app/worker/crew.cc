#include "worker/crew.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>

#include "base/log.h"

namespace concert {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kYoung{1};  // who dies younger died of something that will strike again
constexpr seconds kLongestPause{10};
constexpr milliseconds kPressAgain{200};
constexpr milliseconds kLongestTend{10'000};
constexpr int kLooks = 4;  // without a sign of life; then a worker is stuck

double in_seconds(milliseconds time) { return std::chrono::duration<double>(time).count(); }

std::string describe(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

}  // namespace

void Crew::start_worker() {
  const pid_t master = ::getpid();
  const int number = free_number();
  const std::size_t slot = free_slot();
  const pid_t pid = ::fork();
  if (pid < 0) {
    log_error(fmt::format(
        "cannot start a worker: {}. Fewer workers serve until it succeeds; check the limits on "
        "processes and memory.",
        std::strerror(errno)));
    ++early_deaths_;
    not_before_ = Clock::now() + seconds(1);
    return;
  }
  if (pid == 0) {
    // A worker must not outlive its master: the next master would not know of it.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != master) ::_exit(0);
    metrics_.take_slot(slot);
    int code = 1;
    try {
      code = work_(number);
    } catch (const std::exception& error) {
      log_error(fmt::format("a worker cannot go on: {}", error.what()));
    }
    ::_exit(code);
  }
  workers_[pid] = {slot, number, Clock::now(), {}, false, false, metrics_.beats(slot), 0};
  metrics_.add(Metrics::worker_starts);
  metrics_.set_workers(workers_.size());
}

int Crew::free_number() const {
  std::set<int> taken;
  for (const auto& [pid, worker] : workers_) {
    if (!worker.stopping && to_replace_.count(pid) == 0) taken.insert(worker.number);
  }
  int number = 0;
  while (taken.count(number) != 0) ++number;
  return number;
}

std::size_t Crew::free_slot() const {
  std::set<std::size_t> taken;
  for (const auto& [pid, worker] : workers_) taken.insert(worker.slot);
  std::size_t slot = 0;
  while (taken.count(slot) != 0) ++slot;
  return slot;
}

int Crew::standing() const {
  return static_cast<int>(std::count_if(workers_.begin(), workers_.end(),
                                        [](const auto& entry) { return !entry.second.stopping; }));
}

void Crew::start_missing() {
  while (!dismissed_ && Clock::now() >= not_before_ && standing() < wanted_) start_worker();
}

void Crew::reap() {
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

void Crew::note_death(pid_t pid, const Worker& worker, int status) {
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  // The line before the kill has said it.
  const bool ran_out_of_patience =
      worker.stopping && worker.killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (clean || ran_out_of_patience) {
    early_deaths_ = 0;
    return;
  }
  metrics_.add(Metrics::worker_deaths);
  log_error(fmt::format(
      "worker {} {}{}. Its request, if it had one, was answered 502.", pid, describe(status),
      worker.stopping ? " while it finished what it had in hand" : "; a new one takes its place"));
  if (worker.stopping) return;
  const bool young = Clock::now() - worker.started < kYoung;
  early_deaths_ = young ? early_deaths_ + 1 : 0;
  if (early_deaths_ <= wanted_) return;
  const auto doublings = std::min(early_deaths_ - wanted_, 7);
  const auto pause = std::min<milliseconds>(milliseconds(100) * (1 << doublings), kLongestPause);
  not_before_ = Clock::now() + pause;
  log_error(fmt::format(
      "workers keep dying as soon as they start; the next starts in {} ms. Look for the cause in "
      "the lines above.",
      pause.count()));
}

void Crew::stop(pid_t pid, Worker& worker) {
  worker.stopping = true;
  worker.asked_to_stop = Clock::now();
  ::kill(pid, SIGTERM);
}

// One step of a reload: one new worker, then one old one goes.
void Crew::roll_on() {
  if (to_replace_.empty() || dismissed_) return;
  const bool one_is_going = std::any_of(to_replace_.begin(), to_replace_.end(),
                                        [](const auto& entry) { return entry.second; });
  if (!one_is_going) {
    const pid_t old = to_replace_.begin()->first;
    if (standing() <= wanted_) start_worker();
    to_replace_[old] = true;
    stop(old, workers_.at(old));
  }
}

// A signal that arrives just before accept() is lost: it is sent again until the worker is gone.
void Crew::press_on_stopping() {
  for (auto& [pid, worker] : workers_) {
    if (!worker.stopping) continue;
    const bool too_long = Clock::now() - worker.asked_to_stop > patience_.drain;
    if (too_long) {
      log_error(fmt::format("worker {} did not finish its request in {:g} s; killing it.", pid,
                            in_seconds(patience_.drain)));
      worker.killed = true;
    }
    ::kill(pid, too_long ? SIGKILL : SIGTERM);
  }
}

// By looks, not by time alone: if all of concertd was frozen for long, nobody is stuck.
void Crew::kill_stuck() {
  const auto now = Clock::now();
  if (now - looked_ < patience_.stuck / kLooks) return;
  looked_ = now;
  for (auto& [pid, worker] : workers_) {
    const std::uint64_t beats = metrics_.beats(worker.slot);
    worker.silent_looks = beats == worker.beats ? worker.silent_looks + 1 : 0;
    worker.beats = beats;
    if (worker.silent_looks < kLooks) continue;
    log_error(fmt::format(
        "worker {} has given no sign of life for {:g} s; killing it. No wait of concertd is that "
        "long: was the process stopped, or does the machine swap?",
        pid, in_seconds(patience_.stuck)));
    worker.killed = true;
    ::kill(pid, SIGKILL);
  }
}

void Crew::tend() {
  reap();
  press_on_stopping();
  kill_stuck();
  roll_on();
  start_missing();
}

milliseconds Crew::pause() const {
  const bool somebody_stops = std::any_of(workers_.begin(), workers_.end(),
                                          [](const auto& entry) { return entry.second.stopping; });
  if (somebody_stops) return kPressAgain;
  if (standing() < wanted_) return milliseconds(50);
  return std::min(kLongestTend, patience_.stuck / kLooks);
}

void Crew::replace_all(int workers) {
  wanted_ = workers;
  for (const auto& [pid, worker] : workers_) {
    if (!worker.stopping) to_replace_[pid] = false;
  }
}

void Crew::dismiss() {
  dismissed_ = true;
  for (auto& [pid, worker] : workers_) {
    if (!worker.stopping) stop(pid, worker);
  }
}

}  // namespace concert
