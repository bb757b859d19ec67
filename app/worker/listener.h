#pragma once

#include <string>

namespace concert {

// Removes the unix socket at `path`, if there is one, and never a file of another kind. Returns
// false if a file stays there.
bool remove_socket(const std::string& path);

// The listening socket: handed over by systemd, or opened here.
class Listener {
 public:
  // Takes the socket of LISTEN_FDS, else opens a unix socket at `path` with a backlog of 4096 that
  // a web server of any user may connect to. Throws ConfigurationError if `path` names a file that
  // is no socket, std::runtime_error if another process still listens there, or std::system_error.
  explicit Listener(const std::string& path);
  // Removes the socket's file if it was opened here.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return fd_; }
  // The datagram socket that systemd handed beside it; -1: none.
  int events_fd() const { return events_fd_; }
  bool from_systemd() const { return opened_path_.empty(); }

 private:
  int fd_ = -1;
  int events_fd_ = -1;
  std::string opened_path_;
};

}  // namespace concert
