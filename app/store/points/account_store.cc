#include "store/points/account_store.h"

#include <fmt/format.h>

#include <limits>

#include "store/session/placeholders.h"

namespace concert {
namespace {

// A credit is stored as a marked charge, so that a program of the previous release can read it.
std::string_view stored_kind(EntryKind kind) {
  return to_text(kind == EntryKind::credit ? EntryKind::charge : kind);
}

std::int64_t mark_of(EntryKind kind) { return kind == EntryKind::credit ? 1 : 0; }

EntryKind read_kind(std::string_view stored, std::int64_t mark) {
  return mark == 0 ? entry_kind(stored) : EntryKind::credit;
}

}  // namespace

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

std::vector<LockedAccount> UserStore::lock_all(const std::vector<UserId>& users) {
  const auto list = padded(users);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT user_id, balance, entry_count, NOW(3) FROM user WHERE user_id IN ({})
      ORDER BY user_id FOR UPDATE)sql",
                                         placeholders(list.size())),
                             {list.begin(), list.end()});
  std::vector<LockedAccount> locked;
  while (rows.next())
    locked.push_back({rows.user(1), {rows.number(2), rows.number(3)}, rows.instant(4)});
  return locked;
}

bool UserStore::move_balance(const UserId& user, const Account& from, Points amount) {
  return session_.execute(R"sql(
      UPDATE user SET balance = balance + ?, entry_count = entry_count + 1
      WHERE user_id = ? AND balance = ? AND entry_count = ? AND balance >= ?)sql",
                          {amount, user, from.balance, from.entry_count, -amount}) == 1;
}

void LedgerStore::append(const LedgerEntry& entry) {
  session_.execute(
      R"sql(
      INSERT INTO ledger_entry (user_id, entry_no, kind, amount, balance_after, created_at, is_credit)
      VALUES (?, ?, ?, ?, ?, ?, ?))sql",
      {entry.user, entry.number, stored_kind(entry.kind), entry.amount, entry.balance_after,
       entry.at, mark_of(entry.kind)});
}

bool LedgerStore::has(const LedgerEntry& entry) {
  auto rows = session_.query(R"sql(
      SELECT 1 FROM ledger_entry
      WHERE user_id = ? AND entry_no = ? AND kind = ? AND is_credit = ? AND amount = ? AND created_at = ?)sql",
                             {entry.user, entry.number, stored_kind(entry.kind),
                              mark_of(entry.kind), entry.amount, entry.at});
  return rows.next();
}

std::vector<LedgerEntry> LedgerStore::page(const UserId& user, std::optional<EntryNo> before,
                                           std::int64_t limit) {
  const EntryNo bound = before.value_or(EntryNo{std::numeric_limits<std::int64_t>::max()});
  auto rows = session_.query(R"sql(
      SELECT entry_no, kind, amount, balance_after, created_at, is_credit FROM ledger_entry
      WHERE user_id = ? AND entry_no < ? ORDER BY entry_no DESC LIMIT ?)sql",
                             {user, bound, limit});
  std::vector<LedgerEntry> entries;
  while (rows.next()) {
    entries.push_back({user, EntryNo{rows.number(1)}, read_kind(rows.text(2), rows.number(6)),
                       rows.number(3), rows.number(4), rows.instant(5)});
  }
  return entries;
}

void PaymentStore::insert(const Payment& payment, TokenId token) {
  session_.execute(
      R"sql(
      INSERT INTO payment (payment_id, user_id, token_id, amount, entry_no, paid_at) VALUES (?, ?, ?, ?, ?, ?))sql",
      {payment.id, payment.user, token, payment.amount, payment.entry, payment.paid_at});
}

std::optional<UserId> PaymentStore::payer(PaymentId id) {
  auto rows = session_.query(R"sql(
      SELECT user_id FROM payment WHERE payment_id = ?)sql",
                             {id});
  if (!rows.next()) return std::nullopt;
  return rows.user(1);
}

std::vector<Payment> PaymentStore::find(const UserId& user, const std::vector<PaymentId>& ids) {
  const auto list = padded(ids);
  std::vector<Value> values(list.begin(), list.end());
  values.emplace_back(user);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT p.amount, p.entry_no, l.balance_after, p.paid_at, s.seat_number, p.payment_id
      FROM payment p JOIN ledger_entry l ON l.user_id = p.user_id AND l.entry_no = p.entry_no
        JOIN reservation_seat s ON s.reservation_id = p.payment_id
      WHERE p.payment_id IN ({}) AND p.user_id = ? ORDER BY p.payment_id, s.seat_number)sql",
                                         placeholders(list.size())),
                             values);
  std::vector<Payment> found;
  while (rows.next()) {
    const PaymentId id{rows.number(6)};
    if (found.empty() || found.back().id != id) {
      found.push_back(
          {id, user, rows.number(1), EntryNo{rows.number(2)}, rows.number(3), {}, rows.instant(4)});
    }
    found.back().seats.push_back(static_cast<SeatNumber>(rows.number(5)));
  }
  return found;
}

}  // namespace concert
