#include "store/points/user_store.h"

#include <fmt/format.h>

#include "store/session/placeholders.h"

namespace concert {

void UserStore::ensure(const UserId& user) {
  session_.execute(R"sql(
      INSERT INTO user (user_id, created_at) VALUES (?, NOW(3))
      ON DUPLICATE KEY UPDATE user_id = VALUES(user_id))sql",
                   {user});
}

std::vector<std::pair<UserId, Account>> UserStore::accounts(const std::vector<UserId>& users) {
  const auto list = padded(users);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT user_id, balance, entry_count FROM user WHERE user_id IN ({}))sql",
                                         placeholders(list.size())),
                             {list.begin(), list.end()});
  std::vector<std::pair<UserId, Account>> found;
  while (rows.next()) found.emplace_back(rows.user(1), Account{rows.number(2), rows.number(3)});
  return found;
}

std::optional<Account> UserStore::account(const UserId& user) {
  auto rows = session_.query(R"sql(
      SELECT balance, entry_count FROM user WHERE user_id = ?)sql",
                             {user});
  if (!rows.next()) return std::nullopt;
  return Account{rows.number(1), rows.number(2)};
}

std::optional<LockedAccount> UserStore::lock(const UserId& user) {
  auto rows = session_.query(R"sql(
      SELECT balance, entry_count, NOW(3) FROM user WHERE user_id = ? FOR UPDATE)sql",
                             {user});
  if (!rows.next()) return std::nullopt;
  return LockedAccount{user, {rows.number(1), rows.number(2)}, rows.instant(3)};
}

bool UserStore::move_balance(const UserId& user, const Account& from, Points amount) {
  return session_.execute(R"sql(
      UPDATE user SET balance = balance + ?, entry_count = entry_count + 1
      WHERE user_id = ? AND balance = ? AND entry_count = ? AND balance >= ?)sql",
                          {amount, user, from.balance, from.entry_count, -amount}) == 1;
}

}  // namespace concert
