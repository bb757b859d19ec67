#pragma once

#include <string>

namespace concert {

// Removes the unix socket at `path`, if there is one, and never a file of another kind. Returns
// false if a file stays there.
bool remove_socket(const std::string& path);

// The socket that nginx connects to: passed by systemd, or opened here. It does not block.
class Listener {
 public:
  // Takes the sockets of LISTEN_FDS. Without them it opens a unix socket at `path`, with a backlog
  // of 4096, that a web server of any user may connect to. Throws ConfigurationError if `path`
  // names a file that is no socket; std::runtime_error if another process still listens there, or
  // systemd passed other sockets than one stream socket and at most one datagram socket; or
  // std::system_error.
  explicit Listener(const std::string& path);
  // Removes the socket's file if the constructor made it.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return fd_; }
  // The report socket, if systemd passed one; else -1.
  int report_fd() const { return report_fd_; }

 private:
  int fd_ = -1;
  int report_fd_ = -1;
  std::string opened_path_;
};

}  // namespace concert
