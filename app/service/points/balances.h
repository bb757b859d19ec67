#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/metrics.h"
#include "base/prefetched.h"
#include "domain/idempotency.h"
#include "service/access/guard.h"
#include "settings/settings.h"
#include "store/points/account_store.h"

namespace concert {

// The points of users, and the ledger that says how each balance came about.
class Balances {
 public:
  Balances(Session& db, Guard& guard, const Settings& settings, Metrics& metrics)
      : db_(db), guard_(guard), settings_(settings), metrics_(metrics) {}

  // Refuses: token_expired, token_waiting.
  Points show(const TokenClaims& claims);

  // Reads the balances of several users at once, for the requests of one round.
  void prefetch(const std::vector<UserId>& users);

  // The user's entries, newest first: at most `limit`, with numbers below `before`. A waiting
  // token may read them, and one that a payment used up within the last 24 hours.
  // Refuses: token_expired.
  std::vector<LedgerEntry> ledger(const TokenClaims& claims, std::optional<EntryNo> before,
                                  std::int64_t limit);

  // Adds `amount`, 1 to kMaxPoints, to the user's balance. Returns the answer, as `render` wrote it
  // for this charge or for the earlier one with the same key.
  // Refuses: token_expired, token_waiting, idempotency_key_reused, balance_limit.
  using Render = std::function<std::string(const LedgerEntry&)>;
  StoredAnswer charge(const TokenClaims& claims, Points amount,
                      const std::optional<IdempotencyKey>& key, const Render& render);

 private:
  void require_room(Points balance, Points amount) const;

  Session& db_;
  Guard& guard_;
  const Settings& settings_;
  Metrics& metrics_;
  UserStore users_{db_};
  LedgerStore ledger_{db_};
  Prefetched<UserId, Account> prefetched_;
};

// Moves a locked balance by `amount` and writes the ledger entry that says so, in the caller's
// transaction. The balance must not fall below 0.
LedgerEntry post_entry(Session& db, const LockedAccount& locked, EntryKind kind, Points amount);

}  // namespace concert
