#include "worker/master.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>
#include <system_error>

#include "base/log.h"

namespace concert {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kYoung{1};  // who dies younger died of something that will strike again
constexpr seconds kLongestPause{10};
constexpr seconds kDrain{30};  // for requests in hand; then a worker is killed
constexpr milliseconds kPressAgain{200};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

}  // namespace

void Master::start_worker() {
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
      code = plan_.work(number);
    } catch (const std::exception& error) {
      log_error(fmt::format("a worker cannot go on: {}", error.what()));
    }
    ::_exit(code);
  }
  workers_[pid] = {slot, number, Clock::now(), {}, false};
  metrics_.add(Metrics::worker_starts);
  metrics_.set_workers(workers_.size());
}

int Master::free_number() const {
  std::set<int> taken;
  for (const auto& [pid, worker] : workers_) {
    if (!worker.stopping && to_replace_.count(pid) == 0) taken.insert(worker.number);
  }
  int number = 0;
  while (taken.count(number) != 0) ++number;
  return number;
}

std::size_t Master::free_slot() const {
  std::set<std::size_t> taken;
  for (const auto& [pid, worker] : workers_) taken.insert(worker.slot);
  std::size_t slot = 0;
  while (taken.count(slot) != 0) ++slot;
  return slot;
}

int Master::standing_workers() const {
  return static_cast<int>(std::count_if(workers_.begin(), workers_.end(),
                                        [](const auto& entry) { return !entry.second.stopping; }));
}

void Master::start_missing() {
  while (!stopping_ && Clock::now() >= not_before_ && standing_workers() < plan_.workers)
    start_worker();
}

void Master::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = workers_.find(pid);
    if (found == workers_.end()) continue;
    const Worker worker = found->second;
    workers_.erase(found);
    metrics_.clear_slot(worker.slot);
    metrics_.set_workers(workers_.size());
    to_replace_.erase(pid);
    const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (worker.stopping || clean) {
      early_deaths_ = 0;
      continue;
    }
    metrics_.add(Metrics::worker_deaths);
    log_error(fmt::format(
        "worker {} {}; a new one takes its place. Its request, if it had one, was answered 502.",
        pid, describe(status)));
    const bool young = Clock::now() - worker.started < kYoung;
    early_deaths_ = young ? early_deaths_ + 1 : 0;
    if (early_deaths_ > plan_.workers) {
      const auto doublings = std::min(early_deaths_ - plan_.workers, 7);
      const auto pause =
          std::min<milliseconds>(milliseconds(100) * (1 << doublings), kLongestPause);
      not_before_ = Clock::now() + pause;
      log_error(fmt::format(
          "workers keep dying as soon as they start; the next starts in {} ms. Look for the cause "
          "in the lines above.",
          pause.count()));
    }
  }
}

void Master::stop(pid_t pid, Worker& worker) {
  worker.stopping = true;
  worker.asked_to_stop = Clock::now();
  ::kill(pid, SIGTERM);
}

void Master::begin_reload() {
  ::sd_notify(0, "RELOADING=1");
  plan_.workers = plan_.reload();
  for (const auto& [pid, worker] : workers_) {
    if (!worker.stopping) to_replace_[pid] = false;
  }
  reloading_ = true;
  log_info(fmt::format("replacing {} workers one after another.", to_replace_.size()));
}

// One step of a reload: one new worker, then one old one goes.
void Master::roll_on() {
  if (to_replace_.empty() || stopping_) return;
  const bool one_is_going = std::any_of(to_replace_.begin(), to_replace_.end(),
                                        [](const auto& entry) { return entry.second; });
  if (!one_is_going) {
    const pid_t old = to_replace_.begin()->first;
    if (standing_workers() <= plan_.workers) start_worker();
    to_replace_[old] = true;
    stop(old, workers_.at(old));
  }
}

// A signal that arrives just before accept() is lost: it is sent again until the worker is gone.
void Master::press_on_stopping() {
  for (auto& [pid, worker] : workers_) {
    if (!worker.stopping) continue;
    const bool too_long = Clock::now() - worker.asked_to_stop > kDrain;
    if (too_long)
      log_error(fmt::format("worker {} did not finish its request in {} s; killing it.", pid,
                            kDrain.count()));
    ::kill(pid, too_long ? SIGKILL : SIGTERM);
  }
}

void Master::handle_signal(int signal) {
  if (signal == SIGCHLD) {
    reap();
  } else if (signal == SIGHUP) {
    if (!stopping_) begin_reload();
  } else if (!stopping_) {
    log_info("stopping: requests in hand are finished first.");
    ::sd_notify(0, "STOPPING=1");
    stopping_ = true;
    for (auto& [pid, worker] : workers_) {
      if (!worker.stopping) stop(pid, worker);
    }
  }
}

milliseconds Master::patience() const {
  const bool somebody_stops = std::any_of(workers_.begin(), workers_.end(),
                                          [](const auto& entry) { return entry.second.stopping; });
  if (somebody_stops) return kPressAgain;
  if (standing_workers() < plan_.workers) return milliseconds(50);
  return watchdog_pause_;
}

// How often systemd wants to hear of this loop; half of what it waits for, to be on the safe side.
void Master::read_watchdog() {
  std::uint64_t limit_us = 0;
  watchdog_listens_ = ::sd_watchdog_enabled(0, &limit_us) > 0;
  if (!watchdog_listens_) return;
  watchdog_pause_ =
      std::min(watchdog_pause_, milliseconds(std::max(limit_us / 2000, std::uint64_t{1})));
}

// Waits for a signal or an event, but not for ever; 0 if no signal came.
int Master::next_signal(int signals_fd) {
  std::array<pollfd, 2> fds{{{signals_fd, POLLIN, 0}, {plan_.watched_fd, POLLIN, 0}}};
  if (::poll(fds.data(), fds.size(), static_cast<int>(patience().count())) <= 0) return 0;
  if ((fds[1].revents & POLLIN) != 0) plan_.on_readable();
  signalfd_siginfo signal{};
  if ((fds[0].revents & POLLIN) == 0 || ::read(signals_fd, &signal, sizeof signal) < 0) return 0;
  return static_cast<int>(signal.ssi_signo);
}

void Master::run() {
  const sigset_t watched = watched_signals();
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  const int signals_fd = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_fd < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot read signals");
  }
  read_watchdog();
  start_missing();
  ::sd_notify(0, "READY=1");
  log_info(fmt::format("ready with {} workers.", workers_.size()));
  while (!stopping_ || !workers_.empty()) {
    const int signal = next_signal(signals_fd);
    if (signal > 0) handle_signal(signal);
    if (watchdog_listens_) ::sd_notify(0, "WATCHDOG=1");
    reap();
    press_on_stopping();
    roll_on();
    start_missing();
    if (reloading_ && to_replace_.empty()) {
      reloading_ = false;
      ::sd_notify(0, "READY=1");
      log_info("every worker has been replaced.");
    }
  }
  ::close(signals_fd);
  log_info("stopped.");
}

}  // namespace concert
