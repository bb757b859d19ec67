#include "worker/events.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/log.h"
#include "service/cron_report.h"

namespace concert {
namespace {

constexpr mode_t kAnybodyMayWrite = 0666;

}  // namespace

Events::Events(int handed, const std::string& path, Metrics& metrics)
    : metrics_(metrics), fd_(handed) {
  if (fd_ < 0) fd_ = open(path);
  if (fd_ < 0) {
    log_warning(fmt::format(
        "cannot open {} ({}): /metrics lacks what nginx answers by itself and what concert-cron "
        "does; everything else works. Under systemd: systemctl restart concertd.socket",
        path, std::strerror(errno)));
  }
}

Events::~Events() {
  if (fd_ >= 0) ::close(fd_);
  if (!opened_path_.empty()) ::unlink(opened_path_.c_str());
}

int Events::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  ::unlink(path.c_str());
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int why = errno;
    ::close(fd);
    errno = why;
    return -1;
  }
  opened_path_ = path;
  ::chmod(path.c_str(), kAnybodyMayWrite);
  return fd;
}

void Events::take() {
  constexpr int kMost = 256;
  std::array<char, 512> buffer{};
  for (int i = 0; i < kMost; ++i) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return;
    count({buffer.data(), static_cast<std::size_t>(got)});
  }
}

// nginx writes a syslog line, `<190>Nov 25 11:08:17 concert: 429`, of which the end is ours.
void Events::count(std::string_view message) {
  constexpr std::string_view kTag = " concert: ";
  if (message.starts_with('<')) {
    const auto tag = message.find(kTag);
    int status = 0;
    if (tag != std::string_view::npos) {
      message.remove_prefix(tag + kTag.size());
      const char* const end = message.data() + message.size();
      const auto read = std::from_chars(message.data(), end, status);
      if (read.ec == std::errc() && read.ptr == end && metrics_.count_own_answer(status)) return;
    }
  } else if (count_report(message, metrics_)) {
    return;
  }
  metrics_.add(Metrics::events_malformed);
}

}  // namespace concert
