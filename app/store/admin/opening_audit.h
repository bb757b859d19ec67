#pragma once

#include "store/admin/queue_audit.h"
#include "store/queue/queue_store.h"

namespace concert {

// Adds what breaks the invariants of a queue's opening: that its seed is the one that was committed
// to, that the entries are those that were given while users registered, in the order in which they
// came, and that users were admitted in the order of the draw. Nothing for a queue without one.
void add_opening_breaches(Session& session, QueueId queue, const QueueRow& row,
                          std::vector<Breach>& found);

}  // namespace concert
