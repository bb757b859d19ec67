#pragma once

#include <string>
#include <vector>

#include "store/session/session.h"

namespace concert {

// What breaks an invariant: the ids of the rows at fault, and what is wrong with them.
struct Breach {
  std::string invariant;
  std::vector<std::string> ids;
  std::string detail;
};

// The questions that an audit asks. Each walks a table by its primary key in pages, so that an
// audit of any size neither fills the memory nor locks anything. Asked within one Snapshot, they
// are about one moment.
class AuditStore {
 public:
  explicit AuditStore(Session& session) : session_(session) {}

  // The breaches that are visible in rows.
  std::vector<Breach> breaches();

  // The breaches of the queue's counts and of the limit in force.
  std::vector<Breach> queue_breaches(std::int64_t configured_limit);

 private:
  Session& session_;
};

}  // namespace concert
