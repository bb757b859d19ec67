#pragma once

#include <vector>

#include "store/admin/queue_audit.h"

namespace concert {

// Checks every invariant of the data. Each question walks a table by its primary key in pages, so
// that an audit of any size neither fills the memory nor locks anything.
class AuditStore {
 public:
  explicit AuditStore(Session& session) : session_(session) {}

  // The breaches, all of one moment; none is good. `configured_limit` is the active limit of a
  // queue for which no administrator has set another.
  std::vector<Breach> breaches(std::int64_t configured_limit);

 private:
  Session& session_;
};

}  // namespace concert
