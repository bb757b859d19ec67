#include "support/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace concert::test {

RawConnection::RawConnection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ >= 0 && ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return;
  const std::string why = std::strerror(errno);
  if (fd_ >= 0) ::close(fd_);
  throw std::runtime_error("cannot connect to port " + std::to_string(port) + ": " + why);
}

RawConnection::~RawConnection() { ::close(fd_); }

void RawConnection::send(std::string_view bytes) const {
  if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
    throw std::runtime_error("cannot send");
}

void RawConnection::half_close() const { ::shutdown(fd_, SHUT_WR); }

const std::string& RawConnection::received() {
  std::array<char, 8192> buffer{};
  while (!ended_) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
    ended_ = got <= 0;
    if (!ended_) received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return received_;
}

}  // namespace concert::test
