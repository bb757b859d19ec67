#pragma once

#include <optional>
#include <string>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "domain/queue_message.h"
#include "store/session/session.h"

namespace concert {

// Adds an empty queue, and records that. Returns its id. Throws ChangeRefused if another queue has
// the name.
QueueId add_queue(Session& db, const std::string& name, const AdminAction& action);

// Sets what the users who wait in a queue are told, or takes it away, and records that. Returns
// whether that changed anything. The caller publishes the queue. Throws ChangeRefused if the
// message would have ended already.
bool say_in_queue(Session& db, QueueId queue, const std::optional<QueueMessage>& message,
                  const AdminAction& action);

// Throws ChangeRefused if there is no such queue.
void require_queue_exists(Session& db, QueueId queue);

}  // namespace concert
