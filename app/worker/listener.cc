#include "worker/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "base/server_address.h"
#include "base/settings_source.h"
#include "base/wording.h"

namespace concert {
namespace {

constexpr int kBacklog = 4096;
constexpr mode_t kAnybodyMayConnect = 0666;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_un address_of(const std::string& path) {
  if (const auto address = unix_address(path)) return *address;
  throw std::runtime_error(
      fmt::format("`listen_socket`: {} is longer than {} bytes. Choose a shorter path.",
                  excerpt_of(path), sizeof(sockaddr_un::sun_path) - 1));
}

// Whether a process accepts connections at the address.
bool is_listened_at(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) fail("cannot make a socket");
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(probe);
  return answered;
}

int open_socket(const std::string& path) {
  const sockaddr_un address = address_of(path);
  if (is_listened_at(address)) {
    throw std::runtime_error(fmt::format("another concertd listens at {}. Stop it first.", path));
  }
  if (!remove_socket(path)) {
    throw ConfigurationError(
        fmt::format("`listen_socket`: {} is a file and no socket, or cannot be removed. Name "
                    "another path, or move that file away.",
                    path));
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("cannot make a socket");
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fail(fmt::format(
        "cannot bind the socket {}: check that its folder exists and may be written to", path));
  }
  if (::chmod(path.c_str(), kAnybodyMayConnect) != 0)
    fail(fmt::format("cannot set the mode of {}", path));
  if (::listen(fd, kBacklog) != 0) fail(fmt::format("cannot listen at {}", path));
  return fd;
}

}  // namespace

bool remove_socket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return true;
  return S_ISSOCK(found.st_mode) && ::unlink(path.c_str()) == 0;
}

Listener::Listener(const std::string& path) {
  const int handed = ::sd_listen_fds(1);
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + handed; ++fd) {
    int& kind = ::sd_is_socket(fd, AF_UNIX, SOCK_DGRAM, -1) > 0 ? report_fd_ : fd_;
    if (kind >= 0) {
      throw std::runtime_error(
          "systemd passed more sockets than concertd takes: one stream and one datagram socket.");
    }
    kind = fd;
  }
  if (handed > 0 && fd_ < 0) {
    throw std::runtime_error("systemd passed no stream socket: check concertd.socket.");
  }
  if (handed <= 0) {
    fd_ = open_socket(path);
    opened_path_ = path;
  }
  // When one connection wakes several workers, only the fastest gets it; the others must not block.
  const int flags = ::fcntl(fd_, F_GETFL);
  if (flags < 0 || ::fcntl(fd_, F_SETFL, flags | O_NONBLOCK) != 0) {
    fail("cannot set up the listening socket");
  }
}

Listener::~Listener() {
  if (fd_ >= 0) ::close(fd_);
  if (!opened_path_.empty()) remove_socket(opened_path_);
}

}  // namespace concert
