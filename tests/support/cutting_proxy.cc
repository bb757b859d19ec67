#include "support/cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "support/sockets.h"

namespace concert::test {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

int listen_at(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 100) != 0) {
    throw std::runtime_error("cannot listen at " + path);
  }
  return fd;
}

int connected(const std::string& path) {
  const int fd = connect_to(path);
  if (fd < 0) throw std::runtime_error("cannot connect to " + path);
  return fd;
}

using Bytes = std::array<char, 65536>;

std::string_view receive(int fd, Bytes& bytes) {
  const ssize_t length = ::read(fd, bytes.data(), bytes.size());
  return {bytes.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool is_commit(std::string_view request) {
  // A packet's head of four bytes, COM_QUERY, the text.
  return request.size() > 5 && request.substr(4) ==
                                   "\x03"
                                   "COMMIT";
}

struct Pair {
  int client;
  int server;
};

void end(const Pair& pair) {
  ::close(pair.client);
  ::close(pair.server);
}

}  // namespace

CuttingProxy::CuttingProxy(const std::string& server_socket)
    : socket_(folder_.path() + "/proxy.sock"),
      server_(server_socket),
      listen_fd_(listen_at(socket_)),
      process_(std::make_unique<Background>([this](const std::atomic<bool>& stop) {
        run(stop);
        return "";
      })) {
  ::close(listen_fd_);
}

void CuttingProxy::run(const std::atomic<bool>& stop) {
  constexpr int kLookAgain_ms = 20;
  std::vector<Pair> pairs;
  Bytes bytes{};
  bool is_closed = false;
  const auto pass_on = [&](const Pair& pair, bool from_client) {
    const std::string_view said = receive(from_client ? pair.client : pair.server, bytes);
    const std::int64_t armed = from_client && is_commit(said) ? control_[kArmed].exchange(0) : 0;
    if (!from_client)
      std::this_thread::sleep_for(std::chrono::milliseconds(control_[kDelay_ms].load()));
    if (said.empty()) return false;
    if (armed != 2 && !send_all(from_client ? pair.server : pair.client, said)) return false;
    if (armed == 0) return true;
    if (armed == 1) receive(pair.server, bytes);
    is_closed = control_[kCloses] == 1;
    ++control_[kCuts];
    return false;
  };
  while (!stop) {
    std::vector<pollfd> watched{{listen_fd_, POLLIN, 0}};
    for (const Pair& pair : pairs) {
      watched.push_back({pair.client, POLLIN, 0});
      watched.push_back({pair.server, POLLIN, 0});
    }
    ::poll(watched.data(), watched.size(), kLookAgain_ms);
    is_closed = is_closed && control_[kCloses] == 1;
    std::vector<Pair> left;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      bool open = true;
      if (watched[1 + 2 * i].revents != 0) open = pass_on(pairs[i], true);
      if (open && watched[2 + 2 * i].revents != 0) open = pass_on(pairs[i], false);
      if (open) {
        left.push_back(pairs[i]);
      } else {
        end(pairs[i]);
      }
    }
    pairs = std::move(left);
    if (watched[0].revents != 0) {
      const int client = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (is_closed) {
        ::close(client);
      } else {
        pairs.push_back({client, connected(server_)});
      }
    }
  }
  for (const Pair& pair : pairs) end(pair);
}

}  // namespace concert::test
