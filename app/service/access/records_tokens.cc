#include "service/access/records_tokens.h"

#include "store/points/account_store.h"
#include "store/session/errors.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {

RecordsAnswer RecordsTokens::issue(const UserId& user) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      // If the commit is not acknowledged, one more token does no harm: nobody has its text.
      const TokenNow made = settle([&](bool) {
        return run_transaction(db_, [&] {
          UserStore(db_).ensure(user);
          return RecordsTokenStore(db_).insert(user);
        });
      });
      return {text_.sign(claims_of(made.token), made.now), user, made.token.expires_at};
    } catch (const ParentGone&) {
      // An administrator erased the user between the two statements.
      continue;
    }
  }
  throw Busy("the user was erased again and again while a token was asked for");
}

void RecordsTokens::end(const TokenClaims& claims) {
  settle([&](bool) {
    run_transaction(db_, [&] { RecordsTokenStore(db_).end(claims.issue(), claims.user); });
    return true;
  });
}

}  // namespace concert
