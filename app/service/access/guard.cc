#include "service/access/guard.h"

namespace concert {

void Guard::require_active(const TokenClaims& claims, const std::optional<CachedToken>& known) {
  if (known) {
    const Instant now = db_.now();
    if (auto token = noted_active(claims, *known, now)) {
      uses_.require_alive(*token, now);
      return;
    }
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
