#pragma once

#include <string>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

// Adds an empty queue, and records that. Returns its id. Throws ChangeRefused if another queue has
// the name.
QueueId add_queue(Session& db, const std::string& name, const AdminAction& action);

// Throws ChangeRefused if there is no such queue.
void require_queue_exists(Session& db, QueueId queue);

}  // namespace concert
