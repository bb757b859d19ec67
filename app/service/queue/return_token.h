#pragma once

#include "service/queue/expire_tokens.h"

namespace concert {

// Handles a user's call with a token whose claim lapsed. The token gives its active place back,
// unless a pass did that already, and is then admitted before all others.
class ReturnToken {
 public:
  ReturnToken(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        life_(settings.token_life()),
        queues_(db),
        returns_(db, life_),
        expire_tokens_(db, cache, settings) {}

  // Notes a call at `now`. True if the token was changed by it or by somebody else, so that the
  // caller looks again; false if there was nothing to note.
  bool note_call(const Token& token, Instant now);

 private:
  Session& db_;
  TokenLife life_;
  QueueStore queues_;
  ReturnStore returns_;
  ExpireTokens expire_tokens_;
};

}  // namespace concert
