#include "store/points/voucher_store.h"

namespace concert {
namespace {

// Reads user_id, entry_no, amount, balance_after, created_at.
std::optional<LedgerEntry> read_entry(Rows rows, EntryKind kind) {
  if (!rows.next()) return std::nullopt;
  return LedgerEntry{rows.user(1),   EntryNo{rows.number(2)}, kind,
                     rows.number(3), rows.number(4),          rows.instant(5)};
}

}  // namespace

std::optional<LedgerEntry> VoucherStore::charge(const std::string& voucher) {
  return read_entry(session_.query(R"sql(
      SELECT l.user_id, l.entry_no, l.amount, l.balance_after, l.created_at
      FROM voucher v JOIN ledger_entry l ON l.user_id = v.user_id AND l.entry_no = v.entry_no
      WHERE v.jti = ?)sql",
                                   {voucher}),
                    EntryKind::charge);
}

void VoucherStore::insert(const std::string& voucher, const LedgerEntry& charge) {
  session_.execute(R"sql(
      INSERT INTO voucher (jti, user_id, amount, entry_no) VALUES (?, ?, ?, ?))sql",
                   {voucher, charge.user, charge.amount, charge.number});
}

std::optional<LedgerEntry> VoucherStore::credit(const std::string& key) {
  return read_entry(session_.query(R"sql(
      SELECT l.user_id, l.entry_no, l.amount, l.balance_after, l.created_at
      FROM credit_key k JOIN ledger_entry l ON l.user_id = k.user_id AND l.entry_no = k.entry_no
      WHERE k.key_text = ?)sql",
                                   {key}),
                    EntryKind::credit);
}

void VoucherStore::insert_key(const std::string& key, const LedgerEntry& credit) {
  session_.execute(R"sql(
      INSERT INTO credit_key (key_text, user_id, entry_no) VALUES (?, ?, ?))sql",
                   {key, credit.user, credit.number});
}

}  // namespace concert
