#include "support/raw_connection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "support/sockets.h"

namespace concert::test {

RawConnection::RawConnection(int port) : fd_(connect_to(port)) {
  if (fd_ < 0)
    throw std::runtime_error(
        fmt::format("cannot connect to port {}: {}", port, std::strerror(errno)));
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

namespace {

constexpr long kAnswerTimeout_s = 60;

// Reads until the answer is whole: by its length, or by the end of the connection.
std::string read_answer(int fd) {
  std::string answer;
  char buffer[4096];
  while (true) {
    const auto got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
    const auto head_end = answer.find("\r\n\r\n");
    const auto length = lower(answer).find("content-length: ");
    if (head_end == std::string::npos || length == std::string::npos || length > head_end) continue;
    const auto wanted = std::strtoul(answer.c_str() + length + 16, nullptr, 10);
    if (answer.size() >= head_end + 4 + wanted) return answer;
  }
}

HttpResponse parse_answer(const std::string& answer) {
  HttpResponse response;
  const auto head_end = answer.find("\r\n\r\n");
  if (answer.rfind("HTTP/", 0) != 0 || head_end == std::string::npos) {
    throw std::runtime_error("no HTTP answer: " + answer.substr(0, 100));
  }
  std::istringstream head(answer.substr(0, head_end));
  std::string line;
  std::getline(head, line);
  response.status = std::atoi(line.substr(line.find(' ')).c_str());
  while (std::getline(head, line)) add_header(response.headers, line);
  response.body = answer.substr(head_end + 4);
  return response;
}

}  // namespace

HttpResponse send_raw(int port, const std::string& bytes, const HttpRequest& said) {
  const int fd = connect_to(port);
  const timeval timeout{kAnswerTimeout_s, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  std::string answer;
  if (fd >= 0) {
    // The server may have answered, and closed, before it has read all.
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto some = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (some <= 0) break;
      sent += static_cast<std::size_t>(some);
    }
    answer = read_answer(fd);
  }
  if (fd >= 0) ::close(fd);
  HttpResponse response = parse_answer(answer);
  record(said, response);
  return response;
}

}  // namespace concert::test
