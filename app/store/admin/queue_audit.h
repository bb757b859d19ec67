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

// Adds what breaks the invariants of the queues. `configured_limit` is the active limit of a queue
// for which no administrator has set another. All of one moment if the caller holds a Snapshot.
void add_queue_breaches(Session& session, std::int64_t configured_limit,
                        std::vector<Breach>& found);

}  // namespace concert
