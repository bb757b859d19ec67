#pragma once

#include <string>

#include "store/session.h"

namespace concert {

// A name of this database that one session at a time holds, also across transactions. For
// administrators' commands; of one server, not of a cluster.
class NamedLock {
 public:
  // Waits up to `patience_s`, then throws Busy with `meaning`.
  NamedLock(Session& session, std::string name, int patience_s, const std::string& meaning);
  ~NamedLock();
  NamedLock(const NamedLock&) = delete;
  NamedLock& operator=(const NamedLock&) = delete;

 private:
  Session& session_;
  std::string name_;
};

}  // namespace concert
