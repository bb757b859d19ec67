#include "service/points/balances.h"

#include <fmt/format.h>

#include "base/wording.h"
#include "domain/check.h"
#include "report/counters.h"
#include "service/access/idempotent_write.h"
#include "store/session/settle.h"

namespace concert {

Points Balances::show(const TokenClaims& claims) {
  guard_.require_own_records(claims);
  if (const Account* const account = prefetched_.find(claims.user)) return account->balance;
  const auto account = users_.account(claims.user);
  // An erased user has no account, and a cached token may outlive the erasure for seconds.
  if (!account) require_active_state(TokenState::expired);
  return account->balance;
}

void Balances::prefetch(const std::vector<UserId>& users) {
  prefetched_.forget();
  if (users.size() > 1) prefetched_.keep(users_.accounts(distinct(users, UserStore::kMostUsers)));
}

std::vector<LedgerEntry> Balances::ledger(const TokenClaims& claims, std::optional<EntryNo> before,
                                          std::int64_t limit) {
  guard_.require_own_records(claims);
  return ledger_.page(claims.user, before, limit);
}

StoredAnswer Balances::charge(const TokenClaims& claims, const ChargeRequest& request,
                              const Render& render) {
  constexpr int kOk = 200;
  // Read before a lock is taken: a signature takes time.
  const auto voucher = vouchers_.read(request.voucher, claims.user, request.amount);
  std::optional<LedgerEntry> posted;
  StoredAnswer answer = settle([&](bool maybe_committed) {
    const std::optional<LedgerEntry> before = maybe_committed ? posted : std::nullopt;
    return guard_.transact(claims, [&](const LockedToken& locked) -> StoredAnswer {
      posted = before;
      if (before && ledger_.has(*before)) return {"", kOk, render(*before)};
      posted.reset();
      require_may_charge(locked);
      if (auto stored = replay(db_, claims.user, request.key)) return *std::move(stored);
      vouchers_.require(voucher);
      if (const auto first = redeemed(voucher))
        return keep(db_, claims.user, request.key, {"", kOk, render(*first), true});
      posted = post_charge(locked, request.amount, voucher);
      return keep(db_, claims.user, request.key, {"", kOk, render(*posted)});
    });
  });
  if (posted) metrics_.add_to_cell(points_charged, static_cast<std::uint64_t>(request.amount));
  return answer;
}

// A voucher proves that the points were paid for; where none is needed, only users inside may ask.
void Balances::require_may_charge(const LockedToken& locked) const {
  if (settings_.charging == ChargingMode::open) {
    require_active_state(state_at(locked.token, locked.now));
  } else {
    require_records_open(locked.token, locked.now);
  }
}

// The charge that the voucher was redeemed for, nothing if it is new. Only a new one must be valid
// now. Refuses: voucher_invalid.
std::optional<LedgerEntry> Balances::redeemed(const std::optional<Voucher>& voucher) {
  if (!voucher) return std::nullopt;
  const auto first = voucher_store_.charge(voucher->id);
  if (first && (first->user != voucher->user || first->amount != voucher->amount)) refuse_voucher();
  if (!first && !voucher->is_valid_now) refuse_voucher();
  return first;
}

LedgerEntry Balances::post_charge(const LockedToken& locked, Points amount,
                                  const std::optional<Voucher>& voucher) {
  if (!has_room(locked.account.balance, amount, settings_.balance_limit)) {
    throw Refusal(Reason::balance_limit, fmt::format("A balance holds at most {}.",
                                                     count_of(settings_.balance_limit, "point")));
  }
  const LedgerEntry entry =
      post_entry(db_, {locked.token.user, locked.account, locked.now}, EntryKind::charge, amount);
  if (!voucher) return entry;
  try {
    // The unique key decides which of two charges has the voucher.
    voucher_store_.insert(voucher->id, entry);
  } catch (const Duplicate& error) {
    throw RetryTransaction(error.what());  // the next attempt finds who has it
  }
  return entry;
}

bool has_room(Points balance, Points amount, Points limit) {
  // All are at most kMaxPoints: the difference cannot overflow.
  return amount <= limit - balance;
}

LedgerEntry post_entry(Session& db, const LockedAccount& locked, EntryKind kind, Points amount) {
  check(UserStore(db).move_balance(locked.user, locked.account, amount),
        "a locked balance is as it was read");
  const LedgerEntry entry{locked.user, EntryNo{locked.account.entry_count + 1}, kind,
                          amount,      locked.account.balance + amount,         locked.now};
  LedgerStore(db).append(entry);
  return entry;
}

}  // namespace concert
