#include "service/show_balance.h"

#include "domain/check.h"

namespace concert {

Points ShowBalance::run(const TokenClaims& claims) {
  guard_.require_active(claims);
  const auto account = backend_.users.account(claims.user);
  check(account.has_value(), "who has a token has an account");
  return account->balance;
}

}  // namespace concert
