#include "service/charge.h"

#include <fmt/format.h>

#include "service/post_entry.h"

namespace concert {

StoredAnswer Charge::run(const TokenClaims& claims, Points amount,
                         const std::optional<IdempotencyKey>& key, const Render& render) {
  constexpr int kOk = 200;
  bool charged = false;
  StoredAnswer answer = guard_.transact(claims, [&](const LockedToken& locked) {
    charged = false;
    Guard::require(state_at(locked.token, locked.now));
    if (auto stored = replay(backend_, claims.user, key)) return *std::move(stored);
    const Points limit = backend_.settings.balance_limit;
    // Both are at most kMaxPoints: the difference cannot overflow.
    if (amount > limit - locked.account.balance) {
      throw Refusal(Reason::balance_limit,
                    fmt::format("A balance holds at most {} points.", limit));
    }
    const LedgerEntry entry = post_entry(backend_, locked, EntryKind::charge, amount);
    charged = true;
    return keep(backend_, claims.user, key, {"", kOk, render(entry)});
  });
  if (charged) backend_.count(points_charged, amount);
  return answer;
}

}  // namespace concert
