#include "service/queue/refresh_token.h"

#include "domain/refusal.h"
#include "store/session/errors.h"

namespace concert {

TokenAnswer RefreshToken::run(const TokenClaims& claims) {
  const CachedPlace place = backend_.queue_cache.place({kMainQueue, claims.issue(), claims.seq});
  // By the time of before the database's clock was set, an end of the token would go to and fro
  // between workers.
  const Instant now = standing_.now_beside(place);
  const bool is_fresh = Standing::is_published(place, claims.seq, claims.issued_at, now);
  if (place.token || is_fresh) {
    if (auto answer = from_cache(claims, place, now)) return *std::move(answer);
  }
  try {
    return from_database(claims);
  } catch (const DatabaseUnavailable&) {
    // While it is away nobody is admitted: the place of before is better than none.
    if (auto answer = from_cache(claims, place, now)) return *std::move(answer);
    throw;
  }
}

std::optional<TokenAnswer> RefreshToken::from_cache(const TokenClaims& claims,
                                                    const CachedPlace& place, Instant now) {
  Token token;
  token.id = claims.id;
  token.user = claims.user;
  token.seq = claims.seq;
  token.issued_at = claims.issued_at;
  if (place.token) {
    if (place.token->state == CachedToken::State::ended) Guard::require(TokenState::expired);
    // A use that extended it may not have reached memcached: the database decides.
    if (!place.token->is_believed(now)) return std::nullopt;
    token.state = TokenState::active;
    token.expires_at = place.token->written_end;
    guard_.require_alive(token, now);
    return standing_.active(token, now);
  }
  if (claims.state != TokenState::waiting) return std::nullopt;
  const auto position = Standing::cached_position(place, claims.seq);
  if (!position) return std::nullopt;
  token.expires_at = backend_.life.wait_end(claims.waits_until, claims.issued_at);
  if (state_at(token, now) == TokenState::expired) return std::nullopt;
  return standing_.waiting(token, *position, claims.position, *place.line, now);
}

TokenAnswer RefreshToken::from_database(const TokenClaims& claims) {
  auto found = guard_.find(claims);
  if (!found) Guard::require(TokenState::expired);
  Token& token = found->token;
  const TokenState state = state_at(token, found->now);
  if (state == TokenState::waiting) {
    return tell_wait_.run(token, claims.position, found->now);
  }
  Guard::require(state);
  backend_.queue_cache.note_active(token, found->now, true);
  guard_.require_alive(token, found->now);
  return standing_.active(token, found->now);
}

}  // namespace concert
