#pragma once

#include <fcgiapp.h>

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace concert {

// A connection of nginx, with the request that was read from it.
struct Connection : FCGX_Request {
  bool watched = false;
  bool in_hand = false;  // its request was not answered yet
};

// Whether the worker with this number, counted from 0, keeps connections: two for each processor
// do. They keep it busy, and the fewer share what comes at once, the more of it each can answer
// in one round.
bool keeps_connections(int worker);

// The connections of one worker: those that wait at the listening socket, and those that nginx
// keeps open for its next request. The worker watches all of them, so nobody ever waits behind a
// connection that is idle. SIGTERM is blocked and only read here, between two rounds.
class Connections {
 public:
  // Made in the worker, after the fork; `listen_fd` must not block. `looked` is called whenever it
  // has looked for requests, which is every few seconds where none come.
  Connections(
      int listen_fd, bool keeps, std::function<void()> looked = [] {});
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Waits for a round of requests, with their heads read: those on kept connections, and at most
  // one of those who wait at the socket, which is the last. None once SIGTERM or stop() has come
  // and nobody waits on a connection of this worker.
  const std::vector<Connection*>& next();

  // Sends what was written. The connection stays open if nginx asked for that, `reusable` says
  // that the request was read to its end and may be sent again, this worker keeps connections, and
  // there are not too many.
  void finish(Connection& connection, bool reusable);

  // Before work that may have to wait for a lock: should it still be under way after 100 ms, the
  // idle connections are shut down, so that nginx sends their next requests elsewhere. Ends at
  // finish().
  void guard_idle();

  // Takes no more connections; who waits on one of this worker is served still.
  void stop();

  // Those that are kept, and the one that was accepted last.
  static constexpr std::size_t kMostKept = 32;
  static constexpr std::size_t kMostOpen = kMostKept + 1;

 private:
  void wait();
  void take_kept(int fd, std::uint32_t events);
  void accept();
  void read_head(Connection& connection);
  Connection* find(int fd);
  void close(Connection& connection);
  bool may_keep();
  void release_idle();

  int listen_fd_;
  bool keeps_;
  std::function<void()> looked_;
  int signal_fd_ = -1;
  int epoll_fd_ = -1;
  bool stop_asked_ = false;
  bool idle_guarded_ = false;
  bool somebody_waited_ = false;  // to be accepted, at the last look
  std::int64_t crowded_until_ms_ = 0;
  std::size_t open_ = 0;
  std::array<Connection, kMostOpen> connections_{};
  std::vector<Connection*> round_;
};

}  // namespace concert
