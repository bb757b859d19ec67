#pragma once

#include <fcgiapp.h>

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace concert {

// A connection from nginx, with the request that was read from it.
struct Connection : FCGX_Request {
  bool watched = false;
  bool in_hand = false;  // its request is not answered yet
};

// Whether the worker with this number (from 0) keeps connections open. Two workers for each
// processor do: enough to keep it busy, and the fewer workers share a burst, the more requests each
// answers in one round.
bool keeps_connections(int worker);

// The connections of one worker: new ones from the listening socket, and those that nginx keeps
// open for further requests. The worker watches all of them, so no request waits behind an idle
// connection. SIGTERM is blocked and only read here, between two rounds.
class Connections {
 public:
  // EPOLLEXCLUSIVE wakes one worker. If it dies before it accepts, nobody else is woken, so every
  // worker also looks once a second.
  static constexpr std::int64_t kLookAnyway_ms = 1000;

  // Made in the worker, after the fork; `listen_fd` must not block. `between` is called before each
  // wait for requests, when none is in hand. It returns how many milliseconds that wait may take;
  // none takes longer than kLookAnyway_ms.
  Connections(
      int listen_fd, bool keeps,
      std::function<std::int64_t()> between = [] { return kLookAnyway_ms; });
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Waits for a round of requests and reads their heads: those on kept connections, and last at
  // most one from the listening socket. Empty after SIGTERM or stop(), once no request is left on a
  // connection of this worker.
  const std::vector<Connection*>& next();

  // Sends what was written. The connection stays open if nginx asked for that, `reusable` says that
  // the request was read to its end and may be sent again, this worker keeps connections, and fewer
  // than kMostKept are open.
  void finish(Connection& connection, bool reusable);

  // Call it before work that may wait for a lock. If finish() or release_idle() has not come 100 ms
  // later, the idle connections are shut down, so that nginx sends their next requests to other
  // workers.
  void guard_idle();
  void release_idle();

  // Accepts no more connections; requests on open ones are still answered.
  void stop();

  static constexpr std::size_t kMostKept = 32;
  // And the one that was accepted last.
  static constexpr std::size_t kMostOpen = kMostKept + 1;

 private:
  void wait();
  void take_kept(int fd, std::uint32_t events);
  void accept();
  void read_head(Connection& connection);
  Connection* find(int fd);
  void close(Connection& connection);
  bool may_keep();

  int listen_fd_;
  bool keeps_;
  std::function<std::int64_t()> between_;
  int signal_fd_ = -1;
  int epoll_fd_ = -1;
  bool stop_asked_ = false;
  bool accept_due_ = false;  // a connection may wait to be accepted, by the last look
  std::int64_t crowded_until_ms_ = 0;
  std::size_t open_ = 0;
  std::array<Connection, kMostOpen> connections_{};
  std::vector<Connection*> round_;
};

}  // namespace concert
