#pragma once

#include <chrono>
#include <string>

#include "store/session/errors.h"
#include "store/session/session.h"

namespace concert {

// Writes the row of the lock `name` in the transaction under way. Another transaction that does so
// on this server waits until this one ends; one on another node of the cluster is refused at its
// commit (RetryTransaction).
void take_lock(Session& session, const std::string& name);

// A lock on a name in this database. One session at a time holds it, also across transactions. It
// covers one server: work that must exclude the other nodes of a cluster takes a Lease as well. The
// server ends a session that is silent for kSilence_s, which frees the name if a host vanishes.
class NamedLock {
 public:
  static constexpr int kSilence_s = 30;

  // Waits up to `timeout_s`, then throws Busy with `meaning`.
  NamedLock(Session& session, std::string name, int timeout_s, const std::string& meaning);
  ~NamedLock();
  NamedLock(const NamedLock&) = delete;
  NamedLock& operator=(const NamedLock&) = delete;

 private:
  void limit_silence(std::int64_t time_s);

  Session& session_;
  std::string name_;
  std::int64_t silence_before_s_ = 0;
};

// Another session has the lease, or took it over.
class LeaseTaken : public Busy {
 public:
  using Busy::Busy;
};

// A lease on a name, noted in the table named_lock: one session has it at a time, whichever node of
// a cluster it works through. For work that is many transactions, such as statements that commit by
// themselves. The holder renews it before each step; it ends by itself kSeconds after the last
// renewal. A session on the holder's own server takes it over at once, because NamedLock shows
// there that the holder is gone.
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

  // Extends it to kSeconds from now. A transaction that does so commits only if no other session
  // took the lease over meanwhile. Throws LeaseTaken if one did.
  void renew();

 private:
  bool take(const std::string& server);

  Session& session_;
  std::string name_;
  std::string holder_;
};

// A text that tells the session's server from the other nodes of its cluster.
std::string server_of(Session& session);

}  // namespace concert
