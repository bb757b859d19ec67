#pragma once

#include <string>

#include "store/session/session.h"

namespace concert {

// Writes the row of the lock `name` in the transaction under way. Another transaction that does so
// on this server waits until this one ends; one on another node of the cluster is refused at its
// commit (RetryTransaction).
void take_lock(Session& session, const std::string& name);

// A name of this database that one session at a time holds, also across transactions. Of one
// server, not of a cluster: what must hold there too takes a Lease beside it. The server ends the
// session once it has heard nothing of it for kSilence_s, so a host that vanishes gives it back.
class NamedLock {
 public:
  static constexpr int kSilence_s = 30;

  // Waits up to `patience_s`, then throws Busy with `meaning`.
  NamedLock(Session& session, std::string name, int patience_s, const std::string& meaning);
  ~NamedLock();
  NamedLock(const NamedLock&) = delete;
  NamedLock& operator=(const NamedLock&) = delete;

 private:
  void limit_silence(std::int64_t time_s);

  Session& session_;
  std::string name_;
  std::int64_t silence_before_s_ = 0;
};

}  // namespace concert
