#pragma once

#include <optional>

#include "cache/queue_cache.h"
#include "domain/token.h"
#include "service/access/token_text.h"
#include "settings/settings.h"
#include "store/queue/token_store.h"

namespace concert {

// Refuses: token_expired, token_waiting, token_records_only; unless `state` is active.
void require_active_state(TokenState state);

// Refuses: token_expired, unless `token` is the one that `claims` were signed for. After a restore
// the database gives ids out again, so the id alone does not tell.
void require_same(const TokenClaims& claims, const Token& token);

// Refuses: wrong_queue, unless the token is of the queue whose tokens open what was asked for.
void require_queue(QueueId of_token, QueueId of_concert);

// The token that `claims` were signed for; nothing if the database does not know it.
std::optional<TokenNow> find_signed(TokenStore& tokens, const TokenClaims& claims);

// The active token that `known` speaks of; nothing if the database decides. Refuses: token_expired.
std::optional<Token> noted_active(const TokenClaims& claims, const CachedToken& known, Instant now);

// Refuses: token_expired, unless the token opens its user's own records at `now`. Every token does
// in whatever state until its text lapses, and for 24 hours after a payment used it up.
void require_records_open(const Token& token, Instant now);
bool opens_records(const Token& token, Instant now);

// The uses that keep an active token alive. A use is written only where the written end would break
// what TokenLife promises for it.
class TokenUses {
 public:
  TokenUses(Session& db, QueueCache& cache, const Settings& settings)
      : cache_(cache), life_(settings.token_life()), tokens_(db, life_) {}

  // Notes a use of a token that was active at `now`, after an answer is settled. Best effort: the
  // next use is noted instead. False if the token is not active any more, or another use wrote the
  // same end. `token` is given the end that is written.
  bool note(Token& token, Instant now);

  // Notes a use. Returns whether the token still lives.
  bool keep_alive(Token& token, Instant now);

  // Notes a use. Refuses: token_expired, or token_waiting if it was not claimed in time.
  void require_alive(Token& token, Instant now);

  // Locks a token that was active at `now`, and its user, within the caller's transaction, and
  // extends it where that is due: two tokens of one user, of two queues, wait for each other.
  // Refuses: token_expired, token_waiting.
  void lock(const Token& token, Instant now);

  // Lets a locked token live as long as a hold of it that is live when its visit is over.
  void keep_for_hold(const Token& token, Instant held_until);

 private:
  bool extend(Token& token, Instant now);
  std::optional<Token> find_active(TokenId id);

  QueueCache& cache_;
  TokenLife life_;
  TokenStore tokens_;
};

}  // namespace concert
