#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "domain/points.h"
#include "domain/reservation.h"
#include "domain/user_id.h"
#include "store/session/session.h"

namespace concert {

// A user's points: the balance and the number of ledger entries that made it.
struct Account {
  Points balance = 0;
  std::int64_t entry_count = 0;
};

// A user's account, whose row this transaction has locked.
struct LockedAccount {
  UserId user;
  Account account;
  Instant now;  // the transaction's time
};

// Users and their balances. Every change of a balance goes with a ledger entry in the same
// transaction (LedgerStore::append).
class UserStore {
 public:
  explicit UserStore(Session& session) : session_(session) {}

  // Creates the user unless there is such a user.
  void ensure(const UserId& user);

  // The accounts of those of `users` that exist.
  static constexpr std::size_t kMostUsers = 16;
  std::vector<std::pair<UserId, Account>> accounts(const std::vector<UserId>& users);

  // Nothing if there is no such user.
  std::optional<Account> account(const UserId& user);

  // The account, locked for this transaction; nothing if there is no such user.
  std::optional<LockedAccount> lock(const UserId& user);
  // The same of several, locked in ascending order: those that there are.
  std::vector<LockedAccount> lock_all(const std::vector<UserId>& users);

  // Adds `amount` to the balance and counts one entry. False, and nothing done, if the account
  // differs from `from` or the balance would fall below 0.
  bool move_balance(const UserId& user, const Account& from, Points amount);

 private:
  Session& session_;
};

// The append-only ledger. A user's entries are numbered from 1 without gaps.
class LedgerStore {
 public:
  explicit LedgerStore(Session& session) : session_(session) {}

  // Writes `entry` at its `at`. Throws Duplicate if the number is taken.
  void append(const LedgerEntry& entry);

  // Whether this very entry was written.
  bool has(const LedgerEntry& entry);

  // At most `limit` entries with numbers below `before`, newest first.
  std::vector<LedgerEntry> page(const UserId& user, std::optional<EntryNo> before,
                                std::int64_t limit);

 private:
  Session& session_;
};

// Payments: one per reservation, each with its own ledger entry. Keys of the table enforce both.
// All payments of a token were made in one transaction.
class PaymentStore {
 public:
  explicit PaymentStore(Session& session) : session_(session) {}

  // `token` is used up by the payment. Throws Duplicate if the reservation has been paid.
  void insert(const Payment& payment, TokenId token);

  // The user who made the payment; nothing if there is no such payment.
  std::optional<UserId> payer(PaymentId id);

  // Those of `ids`, at least one, that the user has made, ascending.
  std::vector<Payment> find(const UserId& user, const std::vector<PaymentId>& ids);

 private:
  Session& session_;
};

}  // namespace concert
