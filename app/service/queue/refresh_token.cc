#include "service/queue/refresh_token.h"

#include "store/session/errors.h"

namespace concert {

TokenAnswer RefreshToken::run(const TokenClaims& claims) {
  const CachedPoll poll = cache_.poll({claims.queue, claims.issue(), claims.place});
  // After the database's clock was set, an active token's end by the estimated time would go to and
  // fro between workers.
  const Instant now = positions_.now_beside(poll.queue);
  const bool is_believed = Positions::is_believed(poll.queue, claims.place, claims.issued_at, now);
  if (poll.token || is_believed) {
    if (auto answer = from_cache(claims, poll, now)) return *std::move(answer);
  }
  try {
    return from_database(claims);
  } catch (const DatabaseUnavailable&) {
    // While the database is away nobody is admitted: a stale position is better than none.
    if (auto answer = from_cache(claims, poll, now)) return *std::move(answer);
    throw;
  }
}

std::optional<TokenAnswer> RefreshToken::from_cache(const TokenClaims& claims,
                                                    const CachedPoll& poll, Instant now) {
  if (poll.token) {
    auto active = noted_active(claims, *poll.token, now);
    if (!active) return std::nullopt;
    uses_.require_alive(*active, now);
    return answer_.active(*active, now);
  }
  if (claims.state != TokenState::waiting || !claims.place) return std::nullopt;
  const auto position = poll.queue.position(*claims.place);
  if (!position) return std::nullopt;
  Token token;
  token.id = claims.id;
  token.queue = claims.queue;
  token.user = claims.user;
  token.place = claims.place;
  token.issued_at = claims.issued_at;
  token.expires_at = life_.wait_end(claims.waits_until, claims.issued_at);
  if (state_at(token, now) == TokenState::expired) return std::nullopt;
  return answer_.waiting(token, {*position, poll.queue.state}, claims.position, now);
}

TokenAnswer RefreshToken::from_database(const TokenClaims& claims) {
  auto found = find_signed(tokens_, claims);
  if (!found) require_active_state(TokenState::expired);
  Token& token = found->token;
  const TokenState state = state_at(token, found->now);
  if (state == TokenState::waiting) {
    return answer_.waiting(token, positions_.find(token, found->now), claims.position, found->now);
  }
  require_active_state(state);
  cache_.note_active(token, found->now, true);
  uses_.require_alive(token, found->now);
  return answer_.active(token, found->now);
}

}  // namespace concert
