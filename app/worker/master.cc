#include "worker/master.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/log.h"
#include "base/wording.h"

namespace concert {
namespace {

using std::chrono::milliseconds;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void Master::begin_reload() {
  const auto workers = plan_.reload();
  if (!workers) return;
  ::sd_notify(0, "RELOADING=1");
  pool_.replace_all(*workers);
  reloading_ = true;
  log_info(fmt::format("replacing {} one after another.",
                       count_of(static_cast<std::int64_t>(pool_.size()), "worker")));
}

void Master::handle_signal(int signal) {
  if (signal == SIGCHLD || stopping_) return;
  if (signal == SIGHUP) {
    begin_reload();
    return;
  }
  log_info("stopping: requests in hand are answered first.");
  ::sd_notify(0, "STOPPING=1");
  stopping_ = true;
  pool_.stop_all();
}

// systemd restarts concertd unless it gets a notice within WatchdogSec; the loop sends one after
// half of that at the latest.
void Master::read_watchdog() {
  std::uint64_t limit_us = 0;
  watchdog_listens_ = ::sd_watchdog_enabled(0, &limit_us) > 0;
  if (!watchdog_listens_) return;
  watchdog_pause_ =
      std::min(watchdog_pause_, milliseconds(std::max(limit_us / 2000, std::uint64_t{1})));
}

milliseconds Master::poll_timeout() const { return std::min(pool_.pause(), watchdog_pause_); }

// Waits for a signal or the watched descriptor, at most poll_timeout(). Returns 0 if no signal
// came.
int Master::next_signal(int signals_fd) {
  std::array<pollfd, 2> fds{{{signals_fd, POLLIN, 0}, {plan_.watched_fd, POLLIN, 0}}};
  if (::poll(fds.data(), fds.size(), static_cast<int>(poll_timeout().count())) <= 0) return 0;
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
  pool_.supervise();
  ::sd_notify(0, "READY=1");
  log_info(
      fmt::format("ready with {}.", count_of(static_cast<std::int64_t>(pool_.size()), "worker")));
  while (!stopping_ || pool_.size() > 0) {
    const int signal = next_signal(signals_fd);
    if (signal > 0) handle_signal(signal);
    if (watchdog_listens_) ::sd_notify(0, "WATCHDOG=1");
    pool_.supervise();
    if (reloading_ && !pool_.is_replacing()) {
      reloading_ = false;
      ::sd_notify(0, "READY=1");
      log_info("every worker has been replaced.");
    }
  }
  ::close(signals_fd);
  log_info("stopped.");
}

}  // namespace concert
