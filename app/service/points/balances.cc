#include "service/points/balances.h"

#include <fmt/format.h>

#include "base/wording.h"
#include "domain/check.h"
#include "report/counters.h"
#include "service/access/idempotent_write.h"
#include "store/session/settle.h"

namespace concert {

Points Balances::show(const TokenClaims& claims) {
  guard_.require_active(claims);
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

StoredAnswer Balances::charge(const TokenClaims& claims, Points amount,
                              const std::optional<IdempotencyKey>& key, const Render& render) {
  constexpr int kOk = 200;
  std::optional<LedgerEntry> posted;
  StoredAnswer answer = settle([&](bool maybe_committed) {
    const std::optional<LedgerEntry> before = maybe_committed ? posted : std::nullopt;
    return guard_.transact(claims, [&](const LockedToken& locked) -> StoredAnswer {
      posted = before;
      if (before && ledger_.has(*before)) return {"", kOk, render(*before)};
      posted.reset();
      require_active_state(state_at(locked.token, locked.now));
      if (auto stored = replay(db_, claims.user, key)) return *std::move(stored);
      require_room(locked.account.balance, amount);
      posted =
          post_entry(db_, {claims.user, locked.account, locked.now}, EntryKind::charge, amount);
      return keep(db_, claims.user, key, {"", kOk, render(*posted)});
    });
  });
  if (posted) metrics_.add_to_cell(points_charged, static_cast<std::uint64_t>(amount));
  return answer;
}

void Balances::require_room(Points balance, Points amount) const {
  const Points limit = settings_.balance_limit;
  // Both are at most kMaxPoints: the difference cannot overflow.
  if (amount <= limit - balance) return;
  throw Refusal(Reason::balance_limit,
                fmt::format("A balance holds at most {}.", count_of(limit, "point")));
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
