#pragma once

#include <optional>

#include "domain/refusal.h"
#include "service/access/token_uses.h"
#include "store/queue/token_store.h"
#include "store/session/transaction.h"

namespace concert {

// Admits a call by its token, whose text is checked before. A read asks memcached first; a write
// asks the database within its own transaction. Every call that is admitted extends an active
// token's life.
class Guard {
 public:
  Guard(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db), cache_(cache), tokens_(db, settings.token_life()), uses_(db, cache, settings) {}

  // For a read that has asked memcached already: `known` is what it said.
  // Refuses: token_expired, token_waiting.
  void require_active(const TokenClaims& claims, const std::optional<CachedToken>& known);

  // For a read that asks memcached here. Refuses: token_expired, token_waiting.
  void require_active(const TokenClaims& claims);

  // For a user's own records: admits a token for records, and a queue token in whatever state (see
  // opens_records()). Refuses: token_expired.
  void require_own_records(const TokenClaims& claims);

  // For a call that a token for records does not open. Refuses: token_expired, token_records_only.
  [[noreturn]] void refuse_records_only(const TokenClaims& claims);

  // For a write: runs `body` in a transaction that has locked the token and its user, with the
  // LockedToken in whatever state it is, a token for records too; commits, and returns what `body`
  // returned. An active token is extended, also if `body` refuses.
  // Refuses: token_expired if the token is not known; what `body` refuses.
  template <class Body>
  auto transact(const TokenClaims& claims, Body body);

  // For a write that begins with a look of its own: see TokenUses.
  TokenUses& uses() { return uses_; }

 private:
  bool is_noted_active(const TokenClaims& claims);
  LockedToken lock(const TokenClaims& claims);

  Session& db_;
  QueueCache& cache_;
  TokenStore tokens_;
  RecordsTokenStore records_tokens_{db_};
  TokenUses uses_;
};

template <class Body>
auto Guard::transact(const TokenClaims& claims, Body body) {
  LockedToken locked;
  const auto note_use = [&] {
    if (state_at(locked.token, locked.now) == TokenState::active)
      uses_.note(locked.token, locked.now);
  };
  try {
    auto result = run_transaction(db_, [&] {
      locked = lock(claims);
      return body(locked);
    });
    note_use();
    return result;
  } catch (const Refusal&) {
    note_use();
    throw;
  }
}

}  // namespace concert
