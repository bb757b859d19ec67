#pragma once

#include "domain/check.h"
#include "service/backend.h"

namespace concert {

// Moves a locked user's balance by `amount` and writes the ledger entry that says so, in the
// caller's transaction. The balance must not fall below 0.
inline LedgerEntry post_entry(Backend& backend, const UserId& user, const UserStore::Locked& locked,
                              EntryKind kind, Points amount) {
  check(backend.users.move_balance(user, locked.account, amount),
        "a locked balance is as it was read");
  const LedgerEntry entry{user,   EntryNo{locked.account.entry_count + 1}, kind,
                          amount, locked.account.balance + amount,         locked.now};
  backend.ledger.append(entry);
  return entry;
}

inline LedgerEntry post_entry(Backend& backend, const LockedToken& locked, EntryKind kind,
                              Points amount) {
  return post_entry(backend, locked.token.user, {locked.account, locked.now}, kind, amount);
}

}  // namespace concert
