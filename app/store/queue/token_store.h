#pragma once

#include <optional>
#include <vector>

#include "domain/queue_limits.h"
#include "domain/queue_state.h"
#include "domain/token.h"
#include "store/points/account_store.h"
#include "store/session/session.h"

namespace concert {

// A token whose row and whose user's row this transaction has locked: nothing else changes this
// user's tokens, balance or holds until the transaction ends.
struct LockedToken {
  Token token;
  Account account;
  Instant now;  // the transaction's time
};

struct TokenNow {
  Token token;
  Instant now;
};

// An active token past its end, and whether it was never claimed.
struct LapsedToken {
  TokenIssue token;
  bool is_unclaimed = false;
};

// What a join learns first, in one round trip.
struct JoinOutlook {
  bool user_exists = false;
  std::optional<Token> live;  // the user's live token, which may have lapsed
  bool nobody_waits = false;  // lapsed waits that nothing has ended yet count as waiting
  std::int64_t active_count = 0;
  QueueLimits set;
  std::optional<std::int64_t> active_share;
  std::optional<Opening> opening;
  bool paused = false;
  Instant now;
};

// The tokens of all queues. A wait ends at the end that is written, and never later than TokenLife
// says. A change of a token's state and of its queue's counts belong in one transaction.
class TokenStore {
 public:
  TokenStore(Session& session, const TokenLife& life) : session_(session), life_(life) {}

  JoinOutlook outlook(QueueId queue, const UserId& user);

  // Writes a token for the place that QueueStore::take_place() took in this transaction, to wait
  // for at most `waiting_ms` from now, or from the queue's opening, if it waits. Throws Duplicate
  // if the user has a live token.
  void insert_newest(QueueId queue, const UserId& user, std::int64_t waiting_ms);

  // The token that this session inserted last; nothing if its connection was lost since.
  std::optional<TokenNow> newest();

  std::optional<TokenNow> find(TokenId id);

  // The user's token that is waiting or active, which may have lapsed.
  std::optional<TokenNow> live(QueueId queue, const UserId& user);
  // Those of all queues, in their order: a statement for each.
  std::vector<TokenNow> live(const UserId& user);

  // Locks the token and its user for this transaction; nothing if there is no such token.
  std::optional<LockedToken> lock(TokenId id);

  // Moves the end of an active token to `end`, never back, and claims its place. False if the token
  // is not active any more, or is claimed and has that very end already; within a transaction an
  // active token is locked either way.
  bool extend(TokenId id, Instant end);
  // The same with the token's user locked too. False, and nothing is locked for sure, if the end is
  // not moved.
  bool extend_with_user(TokenId id, Instant end);

  // Ends an active token, which paid for `seats`, and takes it off the queue's count. False if it
  // was not active.
  bool end_active(TokenId id, TokenState as, std::int64_t seats = 0);

  // Locks up to `limit` lapsed active tokens that no other session has locked.
  std::vector<LapsedToken> lock_lapsed_active(QueueId queue, std::int64_t limit);

  // Marks locked tokens as expired. Returns how many.
  std::uint64_t expire(const std::vector<TokenId>& ids);

  // The newest token of all queues; the id 0 if there is none.
  TokenId newest_id();

  // Which token ended last, if any did, and whether the database knows the end `known`; true where
  // `known` is nothing.
  struct Ends {
    std::optional<LastEnd> last;
    bool has_known = false;
  };
  Ends ends(const std::optional<LastEnd>& known);

  // Deletes up to `limit` tokens of a queue that ended before `before`, except those from
  // `first_kept_seq` on, which may still count as vacancies. Returns how many.
  std::uint64_t prune(QueueId queue, Instant before, std::int64_t first_kept_seq,
                      std::int64_t limit);

 private:
  Session& session_;
  TokenLife life_;
};

// Tokens for a user's own records: without a place in any queue, alive for kLongestTokenLife_ms
// from their issue unless they are given back. Their ids are not those of queue tokens.
class RecordsTokenStore {
 public:
  explicit RecordsTokenStore(Session& session) : session_(session) {}

  // Issues a token. Throws ParentGone if there is no such user.
  TokenNow insert(const UserId& user);

  // Nothing if there is no such token, or it was given back. It may have lapsed.
  std::optional<TokenNow> find(TokenId id);

  // The same with the token and its user locked for this transaction.
  std::optional<LockedToken> lock(TokenId id);

  // Gives that issue of a token of `user` back. Does nothing to one that has ended.
  void end(const TokenIssue& issue, const UserId& user);

  // Deletes up to `limit` tokens that have lapsed. Returns how many.
  std::uint64_t prune(std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
