#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/metrics.h"
#include "base/prefetched.h"
#include "domain/idempotency.h"
#include "service/access/guard.h"
#include "service/access/vouchers.h"
#include "settings/settings.h"
#include "store/points/account_store.h"
#include "store/points/voucher_store.h"

namespace concert {

struct ChargeRequest {
  Points amount = 0;                   // 1 to kMaxPoints
  std::optional<std::string> voucher;  // its text
  std::optional<IdempotencyKey> key;
};

// The points of users, and the ledger that says how each balance came about.
class Balances {
 public:
  Balances(Session& db, Guard& guard, const Settings& settings, Metrics& metrics)
      : db_(db), guard_(guard), settings_(settings), metrics_(metrics), vouchers_(settings) {}

  // Refuses: token_expired.
  Points show(const TokenClaims& claims);

  // Reads the balances of several users at once, for the requests of one round.
  void prefetch(const std::vector<UserId>& users);

  // The user's entries, newest first: at most `limit`, with numbers below `before`.
  // Refuses: token_expired.
  std::vector<LedgerEntry> ledger(const TokenClaims& claims, std::optional<EntryNo> before,
                                  std::int64_t limit);

  // Adds points to the user's balance, as the setting `charging` allows. Returns the answer, as
  // `render` writes it for this charge or for the earlier one with the same key or voucher. Only
  // where charging is open the token must be active; otherwise it must open its user's records.
  // Refuses: token_expired, token_waiting, token_records_only, idempotency_key_reused,
  // charging_off, voucher_invalid, balance_limit.
  using Render = std::function<std::string(const LedgerEntry&)>;
  StoredAnswer charge(const TokenClaims& claims, const ChargeRequest& request,
                      const Render& render);

 private:
  void require_may_charge(const LockedToken& locked) const;
  std::optional<LedgerEntry> redeemed(const std::optional<Voucher>& voucher);
  LedgerEntry post_charge(const LockedToken& locked, Points amount,
                          const std::optional<Voucher>& voucher);

  Session& db_;
  Guard& guard_;
  const Settings& settings_;
  Metrics& metrics_;
  UserStore users_{db_};
  LedgerStore ledger_{db_};
  Vouchers vouchers_;
  VoucherStore voucher_store_{db_};
  Prefetched<UserId, Account> prefetched_;
};

// Whether a balance may grow by `amount`.
bool has_room(Points balance, Points amount, Points limit);

// Moves a locked balance by `amount` and writes the ledger entry that says so, in the caller's
// transaction. The balance must not fall below 0.
LedgerEntry post_entry(Session& db, const LockedAccount& locked, EntryKind kind, Points amount);

}  // namespace concert
