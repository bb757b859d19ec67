#include "service/queue/token_answer.h"

#include <algorithm>

namespace concert {

TokenAnswer AnswerToken::active(const Token& token, Instant now) {
  TokenAnswer answer;
  answer.user = token.user;
  answer.queue = token.queue;
  answer.state = TokenState::active;
  answer.estimated_wait_s = 0;
  answer.poll_after_s = poll_after_s(answer.position, settings_.active_seconds, jitter());
  // A use that could not be noted promises no more than the written end.
  answer.expires_at = std::min(life_.promised_end(now, token.issued_at), token.expires_at);
  answer.token = text_.sign(claims_of(token), now);
  return answer;
}

TokenAnswer AnswerToken::waiting(const Token& token, const FoundPosition& found,
                                 std::optional<std::int64_t> told, Instant now) {
  TokenAnswer answer;
  answer.user = token.user;
  answer.queue = token.queue;
  answer.state = TokenState::waiting;
  answer.place = token.place;
  answer.position =
      std::max<std::int64_t>(1, std::min(found.position, told.value_or(found.position)));
  answer.estimated_wait_s = estimated_wait_s(
      *found.state, answer.position, settings_.active_seconds, settings_.admit_interval_seconds);
  answer.poll_after_s = poll_after_s(answer.position, settings_.active_seconds, jitter());
  answer.expires_at = token.expires_at;
  const QueueState& state = *found.state;
  if (state.message && state.message->is_shown(now)) answer.message = state.message;
  if (state.stock) answer.stock = shown_at(*state.stock, answer.position);
  TokenClaims claims = claims_of(token);
  claims.position = answer.position;
  answer.token = text_.sign(claims, now);
  return answer;
}

}  // namespace concert
