#include "service/points/charge.h"

#include <fmt/format.h>

#include "base/wording.h"
#include "service/points/post_entry.h"
#include "store/session/settle.h"

namespace concert {

StoredAnswer Charge::run(const TokenClaims& claims, Points amount,
                         const std::optional<IdempotencyKey>& key, const Render& render) {
  constexpr int kOk = 200;
  std::optional<LedgerEntry> posted;
  StoredAnswer answer = settle([&](bool unheard) {
    const std::optional<LedgerEntry> before = unheard ? posted : std::nullopt;
    return guard_.transact(claims, [&](const LockedToken& locked) -> StoredAnswer {
      posted = before;
      if (before && backend_.ledger.has(*before)) return {"", kOk, render(*before)};
      posted.reset();
      Guard::require(state_at(locked.token, locked.now));
      if (auto stored = replay(backend_, claims.user, key)) return *std::move(stored);
      const Points limit = backend_.settings.balance_limit;
      // Both are at most kMaxPoints: the difference cannot overflow.
      if (amount > limit - locked.account.balance) {
        throw Refusal(Reason::balance_limit,
                      fmt::format("A balance holds at most {}.", count_of(limit, "point")));
      }
      posted = post_entry(backend_, locked, EntryKind::charge, amount);
      return keep(backend_, claims.user, key, {"", kOk, render(*posted)});
    });
  });
  if (posted) backend_.count(points_charged, amount);
  return answer;
}

}  // namespace concert
