#include "service/show_balance.h"

#include "domain/check.h"

namespace concert {

Points ShowBalance::run(const TokenClaims& claims) {
  guard_.require_active(claims);
  if (const Account* const ahead = ahead_.find(claims.user)) return ahead->balance;
  const auto account = backend_.users.account(claims.user);
  check(account.has_value(), "who has a token has an account");
  return account->balance;
}

void ShowBalance::read_ahead(const std::vector<UserId>& users) {
  ahead_.forget();
  if (users.size() > 1)
    ahead_.keep(backend_.users.accounts(distinct(users, UserStore::kMostUsers)));
}

}  // namespace concert
