#include "worker/arrivals.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace concert {
namespace {

// One who is told of a connection and dies tells nobody else: look by oneself now and then.
constexpr int kLookAnyway_ms = 1000;

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void watch(int epoll_fd, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  require(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "cannot watch for connections");
}

}  // namespace

Arrivals::Arrivals(int listen_fd) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  // Replaces the master's mask.
  require(::sigprocmask(SIG_SETMASK, &stop, nullptr) == 0, "cannot block a signal");
  signal_fd_ = ::signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
  require(signal_fd_ >= 0, "cannot read signals");
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  require(epoll_fd_ >= 0, "cannot make an epoll");
  watch(epoll_fd_, signal_fd_, EPOLLIN);
  // One worker is woken for one connection, not all of them.
  watch(epoll_fd_, listen_fd, EPOLLIN | EPOLLEXCLUSIVE);
}

Arrivals::~Arrivals() {
  ::close(epoll_fd_);
  ::close(signal_fd_);
}

bool Arrivals::wait() {
  if (stop_asked_) return false;
  std::array<epoll_event, 2> events{};
  const int count = ::epoll_wait(epoll_fd_, events.data(), events.size(), kLookAnyway_ms);
  bool somebody_came = count <= 0;
  for (int i = 0; i < count; ++i) {
    (events[static_cast<std::size_t>(i)].data.fd == signal_fd_ ? stop_asked_ : somebody_came) =
        true;
  }
  // Whom it was woken for, it serves before it stops: no other worker was told.
  return somebody_came;
}

}  // namespace concert
