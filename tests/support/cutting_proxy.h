#pragma once

#include <string>

#include "support/ops_background.h"
#include "support/race.h"

namespace concert::test {

// A proxy in front of a server, in a process of its own. On demand it closes the client's
// connection in place of the answer to the next COMMIT. If the COMMIT reached MariaDB, the change
// is made and its acknowledgement lost; if not, MariaDB rolls back. It can also delay every answer.
class CuttingProxy {
 public:
  explicit CuttingProxy(const std::string& server_socket);

  const std::string& socket() const { return socket_; }
  void cut_next_commit(bool let_through = true) { control_[kArmed] = let_through ? 1 : 2; }
  // Whether new connections are refused from the next cut on.
  void close_at_cut(bool closes) { control_[kCloses] = closes ? 1 : 0; }
  void delay_answers(std::int64_t time_ms) { control_[kDelay_ms] = time_ms; }
  // How many answers it has withheld.
  std::int64_t cuts() { return control_[kCuts]; }

 private:
  enum : std::size_t { kArmed, kCuts, kCloses, kDelay_ms, kNumbers };

  void run(const std::atomic<bool>& stop);

  ScratchFolder folder_;
  std::string socket_;
  std::string server_;
  SharedNumbers control_{kNumbers};
  int listen_fd_ = -1;
  std::unique_ptr<Background> process_;
};

}  // namespace concert::test
