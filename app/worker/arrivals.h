#pragma once

namespace concert {

// Where a worker waits: at the listening socket, and for SIGTERM. The signal is blocked at every
// other time and only read here, so that none is lost and no call of libfcgi is ever interrupted,
// which would close a connection that it has taken.
class Arrivals {
 public:
  // Made in the worker, after the fork; `listen_fd` must not block.
  explicit Arrivals(int listen_fd);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Waits until there may be a connection to take; another worker may be faster. False once
  // SIGTERM has come.
  bool wait();

 private:
  int signal_fd_ = -1;
  int epoll_fd_ = -1;
  bool stop_asked_ = false;
};

}  // namespace concert
