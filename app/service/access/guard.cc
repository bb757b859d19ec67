#include "service/access/guard.h"

#include "domain/check.h"

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
  uses_.require_alive(found->token, found->now);
  cache_.note_active(found->token, found->now, true);
}

void Guard::require_active(const TokenClaims& claims) {
  require_active(claims, cache_.token(claims.issue()));
}

void Guard::require_own_records(const TokenClaims& claims) {
  const bool for_records = claims.state == TokenState::records;
  if (!for_records && is_noted_active(claims)) return;
  auto found = for_records ? records_tokens_.find(claims.id) : tokens_.find(claims.id);
  if (!found) require_active_state(TokenState::expired);
  require_same(claims, found->token);
  require_records_open(found->token, found->now);
  if (state_at(found->token, found->now) != TokenState::active) return;
  if (uses_.note(found->token, found->now)) cache_.note_active(found->token, found->now, true);
}

// A note of an end says nothing here: an ended token opens records.
bool Guard::is_noted_active(const TokenClaims& claims) {
  const auto known = cache_.token(claims.issue());
  if (!known || known->state == CachedToken::State::ended) return false;
  const Instant now = db_.now();
  auto token = noted_active(claims, *known, now);
  return token && uses_.keep_alive(*token, now);
}

void Guard::refuse_records_only(const TokenClaims& claims) {
  require_own_records(claims);
  require_active_state(TokenState::records);
  throw Bug("a token for records is never active");
}

LockedToken Guard::lock(const TokenClaims& claims) {
  const bool for_records = claims.state == TokenState::records;
  auto locked = for_records ? records_tokens_.lock(claims.id) : tokens_.lock(claims.id);
  if (!locked) require_active_state(TokenState::expired);
  require_same(claims, locked->token);
  return *locked;
}

}  // namespace concert
