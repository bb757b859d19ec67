#include "service/access/guard.h"

namespace concert {
namespace {

Token known_token(const TokenClaims& claims, const CachedToken& known) {
  Token token;
  token.id = claims.id;
  token.user = claims.user;
  token.state = TokenState::active;
  token.issued_at = known.issued_at;
  token.expires_at = known.written_end;
  return token;
}

}  // namespace

void Guard::require_active(const TokenClaims& claims, const std::optional<CachedToken>& known) {
  if (known) {
    if (known->state == CachedToken::State::ended) require_active_state(TokenState::expired);
    const Instant now = db_.now();
    if (known->is_believed(now)) {
      Token token = known_token(claims, *known);
      uses_.require_alive(token, now);
      return;
    }
    // A use that extended it may not have reached memcached: the database decides.
  }
  auto found = find_signed(tokens_, claims);
  require_active_state(found ? state_at(found->token, found->now) : TokenState::expired);
  cache_.note_active(found->token, found->now, true);
  uses_.require_alive(found->token, found->now);
}

void Guard::require_active(const TokenClaims& claims) {
  require_active(claims, cache_.token(claims.issue()));
}

void Guard::require_own_records(const TokenClaims& claims) {
  auto found = find_signed(tokens_, claims);
  const TokenState state = found ? state_at(found->token, found->now) : TokenState::expired;
  if (state == TokenState::waiting || (found && used_lately(found->token, found->now))) return;
  require_active_state(state);
  uses_.require_alive(found->token, found->now);
}

LockedToken Guard::lock(const TokenClaims& claims) {
  auto locked = tokens_.lock(claims.id);
  if (!locked) require_active_state(TokenState::expired);
  require_same(claims, locked->token);
  return *locked;
}

}  // namespace concert
