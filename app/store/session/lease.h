#pragma once

#include <chrono>
#include <string>

#include "store/session/errors.h"
#include "store/session/session.h"

namespace concert {

// Somebody else has the lease, or took it over.
class LeaseTaken : public Busy {
 public:
  using Busy::Busy;
};

// A lease on a name, noted in the table named_lock: one session has it, through whichever node of a
// cluster it works. For work that is many transactions, such as statements that commit by
// themselves. Who has it renews it before each step; it ends by itself kSeconds after the last
// renewal, and at once for who comes through the same server, for whom the lock of that server
// (store/session/named_lock.h) says that nobody is left who has it.
class Lease {
 public:
  static constexpr std::int64_t kSeconds = 30;

  // Waits up to `longest` for it, then throws LeaseTaken. `server` names the server that this
  // session is connected to.
  Lease(Session& session, std::string name, const std::string& server,
        std::chrono::milliseconds longest);
  // Gives it back.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Has it for kSeconds from now. Within a transaction, that commits only if nobody took it over
  // meanwhile. Throws LeaseTaken if somebody did.
  void renew();

 private:
  bool take(const std::string& server);

  Session& session_;
  std::string name_;
  std::string holder_;
};

// The server that the session is connected to, told from the other nodes of its cluster.
std::string server_of(Session& session);

}  // namespace concert
