#pragma once

#include <optional>
#include <string>

#include "domain/refusal.h"
#include "service/access/token_text.h"
#include "service/backend.h"
#include "store/session/transaction.h"

namespace concert {

// Who is let in. The text of a token is checked without I/O; its life is known to memcached for
// reads, and to the transaction itself for writes. Every pass extends an active token's life.
class Guard {
 public:
  explicit Guard(Backend& backend) : backend_(backend) {}

  // For a read that has asked memcached already: `known` is what it said.
  // Refuses: token_expired, token_waiting.
  void require_active(const TokenClaims& claims, const std::optional<CachedToken>& known);

  // For a read that asks memcached here. Refuses: token_expired, token_waiting.
  void require_active(const TokenClaims& claims);

  // For a user's own records: also a waiting token, and one used up within 24 hours.
  // Refuses: token_expired.
  void require_own_records(const TokenClaims& claims);

  // For a write: runs `body` in a transaction that has locked the token and its user, with a
  // LockedToken in whatever state it is; commits, and returns what `body` returned. An active token
  // is extended, also where `body` refuses.
  // Refuses: token_expired where the token is not known; what `body` refuses.
  template <class Body>
  auto transact(const TokenClaims& claims, Body body);

  // For a write that knows the token from a look of just now: locks it within the transaction, by
  // extending it where that is due. Refuses: token_expired, token_waiting.
  void lock_after_look(const Token& token, Instant now);

  // Notes a use of a token that was active just now, after an answer is settled. False if that
  // changed nothing. A database that does not take the note is no matter: the next use is noted
  // instead. `token` is given the end that is written.
  bool note_use(Token& token, Instant now);

  // The same, and tells whether the token still lives.
  bool keep_alive(Token& token, Instant now);

  // The same for a call that cannot go on without it. Refuses: token_expired.
  void require_alive(Token& token, Instant now);

  // The token that `claims` were signed for. Nothing if the database does not know it, or has given
  // its id to another since: after a restore it gives ids out again that it gave before.
  std::optional<TokenNow> find(const TokenClaims& claims);

  // Refuses: token_expired, unless `token` is the one that `claims` were signed for.
  static void require_same(const TokenClaims& claims, const Token& token);

  // Whether a used-up token may still read and replay, at `now`.
  static bool used_lately(const Token& token, Instant now);

  // Refuses: token_expired, token_waiting; unless `state` is active.
  static void require(TokenState state);

 private:
  LockedToken lock(const TokenClaims& claims);
  bool extend(Token& token, Instant now);
  bool is_active(TokenId id);

  Backend& backend_;
};

template <class Body>
auto Guard::transact(const TokenClaims& claims, Body body) {
  LockedToken locked;
  const auto use_noted = [&] {
    if (state_at(locked.token, locked.now) == TokenState::active)
      note_use(locked.token, locked.now);
  };
  try {
    auto result = run_transaction(backend_.db, [&] {
      locked = lock(claims);
      return body(locked);
    });
    use_noted();
    return result;
  } catch (const Refusal&) {
    use_noted();
    throw;
  }
}

}  // namespace concert
