#include "service/access/token_uses.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "domain/refusal.h"
#include "domain/retention.h"

namespace concert {
namespace {

[[noreturn]] void refuse_expired() {
  throw Refusal(Reason::token_expired, "The queue token is no longer valid. Ask for a new one.");
}

// If the records of the claims' user were erased, the token has another user.
bool is_same(const TokenClaims& claims, const Token& token) {
  return token.user == claims.user && token.issued_at == claims.issued_at;
}

}  // namespace

void require_active_state(TokenState state) {
  switch (state) {
    case TokenState::active: return;
    case TokenState::waiting:
      throw Refusal(Reason::token_waiting,
                    "The queue token is still waiting. Poll GET /token/refresh.");
    case TokenState::records:
      throw Refusal(Reason::token_records_only,
                    "This token only shows the user's own records. Join the queue for the rest: "
                    "POST /token without recordsOnly.");
    case TokenState::used:
    case TokenState::left:
    case TokenState::expired: refuse_expired();
  }
}

void require_same(const TokenClaims& claims, const Token& token) {
  if (!is_same(claims, token)) refuse_expired();
}

void require_queue(QueueId of_token, QueueId of_concert) {
  if (of_token == of_concert) return;
  throw Refusal(Reason::wrong_queue,
                "The concert has a queue of its own. Join it: POST /token with its concertId.")
      .with_queue(of_concert);
}

std::optional<TokenNow> find_signed(TokenStore& tokens, const TokenClaims& claims) {
  auto found = tokens.find(claims.id);
  if (found && !is_same(claims, found->token)) return std::nullopt;
  return found;
}

std::optional<Token> noted_active(const TokenClaims& claims, const CachedToken& known,
                                  Instant now) {
  if (known.state == CachedToken::State::ended) refuse_expired();
  // A use that extended it may not have reached memcached: the database decides.
  if (!known.is_believed(now)) return std::nullopt;
  Token token;
  token.id = claims.id;
  token.queue = claims.queue;
  token.user = claims.user;
  token.seq = claims.seq();
  token.state = TokenState::active;
  token.issued_at = known.issued_at;
  token.counted_from = known.counted_from;
  token.visit_end = known.visit_end;
  token.is_awaited = known.visit_end.has_value();
  token.expires_at = known.written_end;
  return token;
}

bool opens_records(const Token& token, Instant now) {
  const bool used_lately =
      token.state == TokenState::used && now - token.ended_at < hours_to_ms(kOwnRecordsReadable_h);
  return used_lately || now - token.counted_from < kLongestTokenLife_ms;
}

void require_records_open(const Token& token, Instant now) {
  if (!opens_records(token, now)) refuse_expired();
}

bool TokenUses::extend(Token& token, Instant now) {
  const Instant end = life_.end_to_write(now, last_end(token));
  if (!tokens_.extend(token.id, end)) return false;
  token.expires_at = std::max(token.expires_at, end);
  token.is_unclaimed = false;
  cache_.note_active(token, now, false);
  return true;
}

std::optional<Token> TokenUses::find_active(TokenId id) {
  const auto found = tokens_.find(id);
  if (!found || state_at(found->token, found->now) != TokenState::active) return std::nullopt;
  return found->token;
}

bool TokenUses::note(Token& token, Instant now) {
  if (!life_.must_write(now, token)) return true;
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

bool TokenUses::keep_alive(Token& token, Instant now) {
  if (note(token, now)) return true;
  // Two uses of the same millisecond write the same end, and the second changes nothing.
  const auto found = find_active(token.id);
  if (found) token.expires_at = found->expires_at;
  return found.has_value();
}

void TokenUses::require_alive(Token& token, Instant now) {
  if (keep_alive(token, now)) return;
  // The time to claim it may have ended since the look.
  const auto found = tokens_.find(token.id);
  if (!found) refuse_expired();
  require_active_state(state_at(found->token, found->now));
}

void TokenUses::lock(const Token& token, Instant now) {
  if (life_.must_write(now, token) &&
      tokens_.extend_with_user(token.id, life_.end_to_write(now, last_end(token))))
    return;
  // Not active any more, or two uses of the same millisecond wrote the same end.
  const auto locked = tokens_.lock(token.id);
  if (!locked) refuse_expired();
  require_active_state(state_at(locked->token, locked->now));
}

void TokenUses::keep_for_hold(const Token& token, Instant held_until) {
  if (token.visit_end && held_until > *token.visit_end) tokens_.extend(token.id, held_until);
}

}  // namespace concert
