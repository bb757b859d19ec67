#include "service/access/guard.h"

#include <fmt/format.h>

#include "base/log.h"
#include "domain/refusal.h"
#include "domain/retention.h"

namespace concert {
namespace {

[[noreturn]] void refuse_expired() {
  throw Refusal(Reason::token_expired, "The queue token is no longer valid. Ask for a new one.");
}

// The user of a text whose records were erased is nobody any more.
bool is_same(const TokenClaims& claims, const Token& token) {
  return token.user == claims.user && token.issued_at == claims.issued_at;
}

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

void Guard::require(TokenState state) {
  switch (state) {
    case TokenState::active: return;
    case TokenState::waiting:
      throw Refusal(Reason::token_waiting,
                    "The queue token is still waiting. Poll GET /token/refresh.");
    case TokenState::used:
    case TokenState::left:
    case TokenState::expired: refuse_expired();
  }
}

std::optional<TokenNow> Guard::find(const TokenClaims& claims) {
  auto found = backend_.tokens.find(claims.id);
  if (found && !is_same(claims, found->token)) return std::nullopt;
  return found;
}

void Guard::require_same(const TokenClaims& claims, const Token& token) {
  if (!is_same(claims, token)) refuse_expired();
}

bool Guard::used_lately(const Token& token, Instant now) {
  return token.state == TokenState::used &&
         now - token.ended_at < hours_to_ms(kOwnRecordsReadable_h);
}

bool Guard::extend(Token& token, Instant now) {
  const Instant end = backend_.life.end_to_write(now, token.issued_at);
  if (!backend_.tokens.extend(token.id, end)) return false;
  token.expires_at = end;
  backend_.queue_cache.note_active(token, now, false);
  return true;
}

// Two uses of the same millisecond write the same end, and the second changes nothing.
bool Guard::is_active(TokenId id) {
  const auto found = backend_.tokens.find(id);
  return found && state_at(found->token, found->now) == TokenState::active;
}

bool Guard::note_use(Token& token, Instant now) {
  if (!backend_.life.must_write(now, token.issued_at, token.expires_at)) return true;
  try {
    return extend(token, now);
  } catch (const std::exception& error) {
    log_warning(
        fmt::format("a use of an active token could not be noted; the answer stands, and the "
                    "token's next use is noted instead: {}",
                    error.what()));
    return true;
  }
}

bool Guard::keep_alive(Token& token, Instant now) {
  if (note_use(token, now)) return true;
  const auto found = backend_.tokens.find(token.id);
  if (!found || state_at(found->token, found->now) != TokenState::active) return false;
  token.expires_at = found->token.expires_at;
  return true;
}

void Guard::require_alive(Token& token, Instant now) {
  if (!keep_alive(token, now)) refuse_expired();
}

void Guard::require_active(const TokenClaims& claims, const std::optional<CachedToken>& known) {
  if (known) {
    if (known->state == CachedToken::State::ended) refuse_expired();
    const Instant now = backend_.db.now();
    if (known->is_believed(now)) {
      Token token = known_token(claims, *known);
      require_alive(token, now);
      return;
    }
    // A use that extended it may not have reached memcached: the database decides.
  }
  auto found = find(claims);
  if (!found) refuse_expired();
  require(state_at(found->token, found->now));
  backend_.queue_cache.note_active(found->token, found->now, true);
  require_alive(found->token, found->now);
}

void Guard::require_active(const TokenClaims& claims) {
  const auto entries = backend_.cache.get({QueueCache::token_key(claims.id)});
  require_active(claims, QueueCache::read_token(entries, claims.issue()));
}

void Guard::require_own_records(const TokenClaims& claims) {
  auto found = find(claims);
  if (!found) refuse_expired();
  const TokenState state = state_at(found->token, found->now);
  if (state == TokenState::waiting || used_lately(found->token, found->now)) return;
  require(state);
  require_alive(found->token, found->now);
}

LockedToken Guard::lock(const TokenClaims& claims) {
  const auto locked = backend_.tokens.lock(claims.id);
  if (!locked) refuse_expired();
  require_same(claims, locked->token);
  return *locked;
}

void Guard::lock_after_look(const Token& token, Instant now) {
  if (backend_.life.must_write(now, token.issued_at, token.expires_at)) {
    const Instant end = backend_.life.end_to_write(now, token.issued_at);
    if (!backend_.tokens.extend(token.id, end) && !is_active(token.id)) refuse_expired();
    return;
  }
  const auto locked = backend_.tokens.lock(token.id);
  if (!locked) refuse_expired();
  require(state_at(locked->token, locked->now));
}

}  // namespace concert
