#include "store/session/silent_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/parse_number.h"

namespace concert {
namespace {

// The port at the other end of a TCP connection; 0 for anything else.
std::uint16_t peer_port(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return 0;
  // The port is at the same place in both.
  sockaddr_in common{};
  std::memcpy(&common, &address, sizeof common);
  return ntohs(common.sin_port);
}

void set(int fd, int level, int option, int value) {
  // Best effort: without it the read timeout of the session ends the wait, a little later.
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void give_up_on_silent_peer(int fd) {
  constexpr int kProbeAfter_s = 2;
  constexpr int kInterval_s = 1;
  constexpr int kProbes = 3;
  constexpr int kUnacknowledged_ms = 5000;
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfter_s);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, kInterval_s);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledged_ms);
}

}  // namespace

void give_up_on_silent_peers(std::uint16_t port) {
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", unreadable)) {
    const auto fd = parse_number<int>(entry.path().filename().string());
    if (fd && peer_port(*fd) == port) give_up_on_silent_peer(*fd);
  }
}

}  // namespace concert
