#include "worker/connections.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include "base/steady_clock.h"

namespace concert {
namespace {

// With more connections than may be kept, each serves one request and is closed, for this long.
constexpr std::int64_t kCrowded_ms = 100;
// nginx sends a request whole. A client that connects and sends nothing is not nginx.
constexpr timeval kReadTimeout{2, 0};
constexpr timeval kIdleTimeout{0,
                               100'000};  // of idle connections beside work that waits for a lock

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// Whether nginx has closed its end: after its timeout, or because it died.
bool is_given_up(int fd) {
  pollfd end{fd, 0, 0};
  return ::poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) != 0;
}

void watch(int epoll_fd, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  require(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "cannot watch for connections");
}

// What shut_idle_down() shuts down when a request in hand takes long.
std::array<int, Connections::kMostOpen> idle_fds{};
volatile std::sig_atomic_t idle_count = 0;

// Runs as a signal handler. The worker sees at its next look that these connections have ended.
void shut_idle_down(int) {
  const int saved = errno;
  for (std::sig_atomic_t i = 0; i < idle_count; ++i)
    ::shutdown(idle_fds[static_cast<std::size_t>(i)], SHUT_RDWR);
  errno = saved;
}

void set_timer(timeval value) {
  const itimerval timer{{}, value};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

bool keeps_connections(int worker) {
  return worker < 2 * static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
}

Connections::Connections(int listen_fd, bool keeps, std::function<std::int64_t()> between)
    : listen_fd_(listen_fd), keeps_(keeps), between_(std::move(between)) {
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
  watch(epoll_fd_, listen_fd_, EPOLLIN | EPOLLEXCLUSIVE);
  struct sigaction alarm {};
  alarm.sa_handler = shut_idle_down;
  alarm.sa_flags = SA_RESTART;
  require(::sigaction(SIGALRM, &alarm, nullptr) == 0, "cannot handle a signal");
  FCGX_Init();
  // Connections are accepted here, never by libfcgi.
  for (Connection& connection : connections_) FCGX_InitRequest(&connection, -1, 0);
}

Connections::~Connections() {
  for (Connection& connection : connections_) {
    if (connection.ipcFd >= 0) close(connection);
  }
  ::close(epoll_fd_);
  ::close(signal_fd_);
}

const std::vector<Connection*>& Connections::next() {
  round_.clear();
  while (round_.empty()) {
    const bool last_look = stop_asked_;
    wait();
    if (last_look) break;
  }
  return round_;
}

// Level-triggered: what is not taken in this round is seen in the next.
void Connections::wait() {
  const std::int64_t longest_ms = stop_asked_ ? 0 : std::min(between_(), kLookAnyway_ms);
  std::array<epoll_event, kMostKept + 2> events{};
  const int count =
      ::epoll_wait(epoll_fd_, events.data(), events.size(), static_cast<int>(longest_ms));
  accept_due_ = count == 0 && !stop_asked_;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == listen_fd_) {
      accept_due_ = true;
    } else if (event.data.fd == signal_fd_) {
      stop();
    } else {
      take_kept(event.data.fd, event.events);
    }
  }
  // The connection that woke this worker woke no other, so it is accepted even before a stop.
  if (accept_due_) accept();
}

void Connections::stop() {
  if (stop_asked_) return;
  stop_asked_ = true;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, signal_fd_, nullptr);
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, listen_fd_, nullptr);
}

void Connections::take_kept(int fd, std::uint32_t events) {
  Connection* const connection = find(fd);
  if ((events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) != 0) {
    close(*connection);
  } else {
    read_head(*connection);
  }
}

void Connections::accept() {
  const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) {
    // EAGAIN: another worker was faster. Other errors, such as no free descriptor, last a while: a
    // pause keeps the retries from taking the processor.
    if (errno != EAGAIN) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    accept_due_ = false;
    return;
  }
  if (is_given_up(fd)) {
    ::close(fd);
    return;
  }
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kReadTimeout, sizeof kReadTimeout);
  Connection& connection = *find(-1);
  connection.ipcFd = fd;
  connection.keepConnection = 1;  // FCGX_Accept_r would close it first
  connection.watched = false;
  ++open_;
  read_head(connection);
}

void Connections::read_head(Connection& connection) {
  if (FCGX_Accept_r(&connection) >= 0) {
    connection.in_hand = true;
    round_.push_back(&connection);
  } else {
    --open_;  // nginx closed it before the request was whole; libfcgi has closed this end
  }
}

Connection* Connections::find(int fd) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const Connection& c) { return c.ipcFd == fd; });
  return found == connections_.end() ? nullptr : &*found;
}

// FCGX_Free() could close it too, but would wait for nginx to close its end first.
void Connections::close(Connection& connection) {
  FCGX_Free(&connection, 0);
  ::close(connection.ipcFd);
  connection.ipcFd = -1;
  --open_;
}

bool Connections::may_keep() {
  if (!keeps_ || stop_asked_ || steady_ms() < crowded_until_ms_) return false;
  if (open_ <= kMostKept) return true;
  // Without this, requests on kept connections could delay those in the backlog for ever.
  if (accept_due_) crowded_until_ms_ = steady_ms() + kCrowded_ms;
  return false;
}

void Connections::finish(Connection& connection, bool reusable) {
  release_idle();
  const bool asked = connection.keepConnection != 0;
  connection.keepConnection = 1;  // keeps libfcgi from closing it
  connection.in_hand = false;
  FCGX_Finish_r(&connection);
  if (connection.ipcFd < 0) {
    --open_;  // nginx is gone
  } else if (!asked || !reusable || !may_keep()) {
    close(connection);
  } else if (!connection.watched) {
    watch(epoll_fd_, connection.ipcFd, EPOLLIN | EPOLLRDHUP);
    connection.watched = true;
  }
}

void Connections::guard_idle() {
  std::size_t count = 0;
  for (const Connection& connection : connections_) {
    if (connection.ipcFd >= 0 && !connection.in_hand) idle_fds[count++] = connection.ipcFd;
  }
  if (count == 0) return;
  idle_count = static_cast<std::sig_atomic_t>(count);
  set_timer(kIdleTimeout);
}

void Connections::release_idle() {
  if (idle_count == 0) return;
  set_timer({});
  idle_count = 0;
}

}  // namespace concert
