#pragma once

#include <string>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

// Adds a queue, of which nobody is part yet, and records that. Returns its id. Throws ChangeRefused
// if another queue has the name.
QueueId add_queue(Session& db, const std::string& name, const AdminAction& action);

}  // namespace concert
