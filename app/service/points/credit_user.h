#pragma once

#include <optional>
#include <string>

#include "domain/admin_action.h"
#include "domain/points.h"
#include "settings/settings.h"
#include "store/session/session.h"

namespace concert {

struct CreditRequest {
  UserId user;
  Points amount = 0;               // 1 to kMaxPoints
  std::optional<std::string> key;  // makes it repeatable: 1 to 100 characters of UTF-8
};

struct Credit {
  LedgerEntry entry;
  bool is_replayed = false;  // it was made before under the same key; nothing was done now
};

// Adds points to a balance for an administrator. Throws ChangeRefused if there is no such user, the
// balance would pass `balance_limit`, or the key was used for another user or amount.
Credit credit_user(Session& db, const Settings& settings, const CreditRequest& request,
                   const AdminAction& action);

}  // namespace concert
