#pragma once

#include "service/access/token_text.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/publish_queue.h"

namespace concert {

// Gives a token back: its user leaves the queue, or stops being active. Does nothing to a token
// that has ended already.
class LeaveQueue {
 public:
  // After a wait `publish` publishes the queue, so that the positions behind it are right at the
  // next poll. Null: the next pass publishes.
  LeaveQueue(Session& db, QueueCache& cache, const Settings& settings, PublishQueue* publish)
      : db_(db),
        cache_(cache),
        publish_(publish),
        tokens_(db, settings.token_life()),
        expire_tokens_(db, cache, settings) {}

  void run(const TokenClaims& claims);

 private:
  // The queue in which it ended a wait, if it did.
  std::optional<QueueId> leave(const TokenClaims& claims, bool maybe_committed);
  void publish(QueueId queue);

  Session& db_;
  QueueCache& cache_;
  PublishQueue* publish_;
  TokenStore tokens_;
  ExpireTokens expire_tokens_;
};

}  // namespace concert
