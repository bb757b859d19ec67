#include "worker/report_socket.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "base/log.h"
#include "base/parse_number.h"
#include "base/server_address.h"
#include "report/cron_report.h"
#include "worker/listener.h"

namespace concert {
namespace {

// concert-cron may run as another user.
constexpr mode_t kAnybodyMayWrite = 0666;

// Whether a process has a socket at the path. What is left of one that ended refuses.
bool is_taken(const std::string& path) {
  const auto address = unix_address(path);
  const int probe = address ? ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
  if (probe < 0) return false;
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0 ||
      errno == EPROTOTYPE;  // a socket of another kind
  ::close(probe);
  return answered;
}

}  // namespace

ReportSocket::ReportSocket(int handed, const std::string& path, const std::string& answers_log,
                           Metrics& metrics)
    : metrics_(metrics), answers_(answers_log, metrics), fd_(handed) {
  if (fd_ < 0) open_or_warn(path);
  constexpr itimerspec kEachSecond{{1, 0}, {1, 0}};
  timer_fd_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (timer_fd_ < 0 || epoll_fd_ < 0 || ::timerfd_settime(timer_fd_, 0, &kEachSecond, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot watch for reports");
  watch(timer_fd_);
  if (fd_ >= 0) watch(fd_);
}

void ReportSocket::watch(int fd) const {
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot watch for reports");
}

ReportSocket::~ReportSocket() {
  ::close(epoll_fd_);
  ::close(timer_fd_);
  if (fd_ >= 0) ::close(fd_);
  if (!opened_path_.empty()) remove_socket(opened_path_);
}

void ReportSocket::open_or_warn(const std::string& path) {
  if (is_taken(path)) {
    log_warning(
        fmt::format("another process, as a second concertd, has {}: it gets what concert-cron "
                    "reports, and /metrics of this one lacks these figures; everything else works. "
                    "Give `listen_socket` a folder of its own.",
                    path));
    return;
  }
  fd_ = open(path);
  if (fd_ >= 0) return;
  log_warning(
      fmt::format("cannot open {} ({}): /metrics lacks the figures of concert-cron; everything "
                  "else works. Under systemd: systemctl restart concertd.socket",
                  path, std::strerror(errno)));
}

int ReportSocket::open(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) {
    errno = ENAMETOOLONG;
    return -1;
  }
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  remove_socket(path);  // a file of another kind stays, and bind() says so
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    const int why = errno;
    ::close(fd);
    errno = why;
    return -1;
  }
  opened_path_ = path;
  ::chmod(path.c_str(), kAnybodyMayWrite);
  return fd;
}

void ReportSocket::take() {
  std::uint64_t seconds = 0;
  if (::read(timer_fd_, &seconds, sizeof seconds) > 0) answers_.take();
  if (fd_ >= 0) take_datagrams();
}

void ReportSocket::take_datagrams() {
  constexpr int kMost = 256;
  std::array<char, 512> buffer{};
  for (int i = 0; i < kMost; ++i) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return;
    count({buffer.data(), static_cast<std::size_t>(got)});
  }
}

// The site of an earlier release sends a syslog line that ends with the status:
// `<190>Nov 25 11:08:17 concert: 429`
void ReportSocket::count(std::string_view message) {
  constexpr std::string_view kTag = " concert: ";
  if (message.starts_with('<')) {
    const auto tag = message.find(kTag);
    if (tag != std::string_view::npos) {
      message.remove_prefix(tag + kTag.size());
      const auto status = parse_number<int>(message);
      if (status && metrics_.count_nginx_answer(*status)) return;
    }
  } else if (count_report(message, metrics_)) {
    return;
  }
  metrics_.add(Metrics::reports_malformed);
}

}  // namespace concert
