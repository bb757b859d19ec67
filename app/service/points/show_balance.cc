#include "service/points/show_balance.h"

#include "domain/refusal.h"

namespace concert {

Points ShowBalance::run(const TokenClaims& claims) {
  guard_.require_active(claims);
  if (const Account* const ahead = ahead_.find(claims.user)) return ahead->balance;
  const auto account = backend_.users.account(claims.user);
  // Only who was erased has none, and a cached token may outlive that for seconds.
  if (!account)
    throw Refusal(Reason::token_expired, "The queue token is no longer valid. Ask for a new one.");
  return account->balance;
}

void ShowBalance::read_ahead(const std::vector<UserId>& users) {
  ahead_.forget();
  if (users.size() > 1)
    ahead_.keep(backend_.users.accounts(distinct(users, UserStore::kMostUsers)));
}

}  // namespace concert
