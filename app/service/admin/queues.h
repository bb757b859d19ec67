#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "domain/queue_message.h"
#include "service/queue/expire_tokens.h"
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

// Ends every wait that a queue has when it is called, registrations for an opening included, and
// records that first. Active users stay, and users can join again. The caller publishes the queue.
class ClearQueue {
 public:
  ClearQueue(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        tokens_(db, settings.token_life()),
        waits_(db, settings.token_life()),
        expire_tokens_(db, cache, settings) {}

  // What there is to end, and its record.
  struct Begun {
    QueueId queue;
    TokenId newest;
    std::int64_t waiting = 0;
  };
  Begun begin(QueueId queue, const AdminAction& action);

  // `progress` hears after each batch how many waits have ended. Returns how many did. One that was
  // killed is begun again for the rest.
  std::int64_t complete(const Begun& begun, const std::function<void(std::int64_t)>& progress);

 private:
  Session& db_;
  TokenStore tokens_;
  WaitStore waits_;
  ExpireTokens expire_tokens_;
};

// Throws ChangeRefused if there is no such queue.
void require_queue_exists(Session& db, QueueId queue);

}  // namespace concert
