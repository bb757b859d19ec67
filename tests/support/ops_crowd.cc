#include "support/ops_crowd.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "support/ops_http.h"
#include "support/sockets.h"

namespace concert::test {
namespace {

struct Connection {
  int fd = -1;
  std::string answer;
};

void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int connected(int port) {
  const int fd = connect_to(port);
  if (fd < 0) throw std::runtime_error("cannot connect: are there enough file descriptors?");
  return fd;
}

std::string outcome_of(const std::string& answer) {
  const auto body = answer.find("\r\n\r\n");
  if (answer.rfind("HTTP/1.1 ", 0) != 0 || body == std::string::npos) return "no answer";
  const std::string status = answer.substr(9, 3);
  const std::string code = Reply{0, {}, answer.substr(body + 4)}.json()["code"].asString();
  return code.empty() ? status : status + " " + code;
}

// Reads until the server closes; false once it has.
bool read_some(Connection& connection) {
  std::array<char, 8192> buffer{};
  const auto got = ::recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) connection.answer.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

CrowdResult send_at_once(int port, const std::vector<std::string>& requests) {
  allow_many_files();
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections(requests.size());
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].fd = connected(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event);
  }
  const auto since = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < connections.size(); ++i) {
    ::send(connections[i].fd, requests[i].data(), requests[i].size(), MSG_NOSIGNAL);
  }
  constexpr int kPatience_ms = 60'000;
  std::array<epoll_event, 256> events{};
  for (std::size_t open = connections.size(); open > 0;) {
    const int ready = ::epoll_wait(epoll, events.data(), events.size(), kPatience_ms);
    if (ready <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(ready); ++i) {
      Connection& connection = connections[events[i].data.u64];
      if (read_some(connection)) continue;
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, connection.fd, nullptr);
      --open;
    }
  }
  CrowdResult result;
  result.taken = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - since);
  for (const Connection& connection : connections) {
    ++result.outcomes[outcome_of(connection.answer)];
    ::close(connection.fd);
  }
  ::close(epoll);
  return result;
}

}  // namespace concert::test
