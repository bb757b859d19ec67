#include "service/queue/end_wait.h"

#include "store/session/transaction.h"

namespace concert {

bool end_wait(Backend& backend, const Token& token, TokenState as) {
  Instant now;
  const bool ended = run_transaction(backend.db, [&] {
    // The queue's row goes before waiting tokens, as in an admission: nobody waits in a circle.
    now = backend.queues.lock(token.queue).now;
    if (!backend.tokens.end_waiting(token.id, as)) return false;
    backend.queues.add_waiting(token.queue, -1);
    backend.queues.note_gaps(token.queue, {token.seq});
    return true;
  });
  if (!ended) return false;
  backend.queue_cache.note_ended(token.issue(), now, token.expires_at);
  backend.queue_cache.note_gaps(token.queue, {token.seq}, backend.db.now());
  return true;
}

}  // namespace concert
