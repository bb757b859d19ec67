#pragma once

#include <string>
#include <vector>

#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

// What breaks an invariant: the ids of the rows at fault, and what is wrong with them.
struct Breach {
  std::string invariant;
  std::vector<std::string> ids;
  std::string detail;
};

// Checks every invariant of the data. Each question walks a table by its primary key in pages, so
// that an audit of any size neither fills the memory nor locks anything.
class AuditStore {
 public:
  explicit AuditStore(Session& session) : session_(session) {}

  // The breaches, all of one moment; none is good. `configured_limit` is the active limit of a
  // queue for which no administrator has set another.
  std::vector<Breach> breaches(std::int64_t configured_limit);

 private:
  void add_queue_breaches(QueueId queue, std::int64_t configured_limit, std::vector<Breach>& found);

  Session& session_;
};

}  // namespace concert
