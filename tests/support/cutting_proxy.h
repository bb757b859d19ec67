#pragma once

#include <string>

#include "support/ops_background.h"
#include "support/race.h"

namespace concert::test {

// A socket in front of a server, in a process of its own. When told to, it ends the client's
// connection in place of an answer to the next COMMIT. Either it let that through to MariaDB and
// waited for the answer: what was asked for is done, and nobody is told. Or it did not: MariaDB
// undoes it. Or it makes every answer late.
class CuttingProxy {
 public:
  explicit CuttingProxy(const std::string& server_socket);

  const std::string& socket() const { return socket_; }
  void cut_next_commit(bool let_through = true) { control_[kArmed] = let_through ? 1 : 2; }
  // Whether nobody is let in any more from the next cut on.
  void close_at_cut(bool closes) { control_[kCloses] = closes ? 1 : 0; }
  void delay_answers(std::int64_t time_ms) { control_[kDelay_ms] = time_ms; }
  // How many answers it has kept back.
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
