#include "service/queue/token_answer.h"

#include <algorithm>

#include "domain/check.h"

namespace concert {

TokenAnswer AnswerToken::answer_of(const Token& token, Instant now) const {
  TokenAnswer answer;
  answer.user = token.user;
  answer.queue = token.queue;
  answer.state = token.state;
  answer.now = now;
  return answer;
}

TokenAnswer AnswerToken::active(const Token& token, const TokenNumbers& numbers, Instant now) {
  TokenAnswer answer = answer_of(token, now);
  answer.estimated_wait_s = 0;
  answer.poll_after_s = poll_after_s(0, settings_.longest_silence_s(), jitter());
  // A use that could not be noted promises no more than the written end.
  answer.expires_at = std::min(life_.promised_end(now, last_end(token)), token.expires_at);
  TokenClaims claims = claims_of(token);
  claims.place = numbers.place;
  claims.entry = numbers.entry;
  answer.token = text_.sign(claims, now);
  return answer;
}

void AnswerToken::tell_position(TokenAnswer& answer, const FoundPosition& found,
                                std::optional<std::int64_t> told) {
  const std::int64_t position =
      std::max<std::int64_t>(1, std::min(found.position, told.value_or(found.position)));
  answer.place = found.place;
  answer.position = position;
  answer.estimated_wait_s = estimated_wait_s(*found.state, position, settings_.active_seconds,
                                             settings_.admit_interval_seconds);
  answer.poll_after_s = poll_after_s(position, settings_.longest_silence_s(), jitter());
}

void AnswerToken::tell_opening(TokenAnswer& answer, const Opening& opening) {
  const std::int64_t left_ms = std::max<std::int64_t>(0, opening.opens_at - answer.now);
  answer.poll_after_s =
      poll_after_before_opening_s(left_ms, settings_.longest_silence_s(), jitter());
  if (answer.estimated_wait_s) *answer.estimated_wait_s += (left_ms + 999) / 1000;
}

TokenAnswer AnswerToken::waiting(const Token& token, const FoundPosition& found,
                                 std::optional<std::int64_t> told, Instant now) {
  check(token.seq.has_value(), "a waiting token has a number");
  TokenAnswer answer = answer_of(token, now);
  answer.state = TokenState::waiting;
  answer.position.reset();
  answer.expires_at = token.expires_at;
  const QueueState& state = *found.state;
  answer.phase = phase_at(state.opening, now);
  if (state.opening) {
    answer.opens_at = state.opening->opens_at;
    if (state.opening->is_entry(*token.seq)) answer.entry = token.seq;
  }
  if (found.place) tell_position(answer, found, told);
  if (!is_open(state.opening)) tell_opening(answer, *state.opening);
  if (state.message && state.message->is_shown(now)) answer.message = state.message;
  // Before the draw, any entry may get the last place.
  const std::int64_t last = std::max<std::int64_t>(1, state.last_place);
  if (state.stock) answer.stock = shown_at(*state.stock, answer.position.value_or(last));
  TokenClaims claims = claims_of(token);
  claims.place = answer.place;
  claims.entry = answer.entry;
  claims.position = answer.position;
  answer.token = text_.sign(claims, now);
  return answer;
}

}  // namespace concert
