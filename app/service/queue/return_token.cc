#include "service/queue/return_token.h"

#include "store/session/transaction.h"

namespace concert {

bool ReturnToken::note_call(const Token& token, Instant now) {
  if (has_lapsed_claim(token, now)) {
    expire_tokens_.one(token);
    return true;
  }
  const bool gave_back = token.state == TokenState::waiting && token.admitted_at;
  if (!gave_back || token.has_returned || token.expires_at <= now) return false;
  run_transaction(db_, [&] {
    queues_.lock(token.queue);
    return returns_.note_call(token, token.counted_from + life_.longest_wait_ms());
  });
  return true;
}

}  // namespace concert
