#pragma once

#include <string>

#include "support/ops_background.h"
#include "support/race.h"

namespace concert::test {

// A socket in front of a server, in a process of its own. When told to, it lets the next COMMIT
// through to a MariaDB and waits for the answer, but ends the client's connection in its place:
// what was asked for is done, and nobody is told. Or it makes every answer late.
class CuttingProxy {
 public:
  explicit CuttingProxy(const std::string& server_socket);

  const std::string& socket() const { return socket_; }
  void cut_next_commit() { control_[kArmed] = 1; }
  void delay_answers(std::int64_t time_ms) { control_[kDelay_ms] = time_ms; }
  // How many answers it has kept back.
  std::int64_t cuts() { return control_[kCuts]; }

 private:
  enum : std::size_t { kArmed, kCuts, kDelay_ms, kNumbers };

  void run(const std::atomic<bool>& stop);

  ScratchFolder folder_;
  std::string socket_;
  std::string server_;
  SharedNumbers control_{kNumbers};
  int listen_fd_ = -1;
  std::unique_ptr<Background> process_;
};

}  // namespace concert::test
