#include "store/points/ledger_store.h"

#include <limits>

namespace concert {

void LedgerStore::append(const LedgerEntry& entry) {
  session_.execute(
      R"sql(
      INSERT INTO ledger_entry (user_id, entry_no, kind, amount, balance_after, created_at)
      VALUES (?, ?, ?, ?, ?, ?))sql",
      {entry.user, entry.number, to_text(entry.kind), entry.amount, entry.balance_after, entry.at});
}

bool LedgerStore::has(const LedgerEntry& entry) {
  auto rows =
      session_.query(R"sql(
      SELECT 1 FROM ledger_entry
      WHERE user_id = ? AND entry_no = ? AND kind = ? AND amount = ? AND created_at = ?)sql",
                     {entry.user, entry.number, to_text(entry.kind), entry.amount, entry.at});
  return rows.next();
}

std::vector<LedgerEntry> LedgerStore::page(const UserId& user, std::optional<EntryNo> before,
                                           std::int64_t limit) {
  const EntryNo bound = before.value_or(EntryNo{std::numeric_limits<std::int64_t>::max()});
  auto rows = session_.query(R"sql(
      SELECT entry_no, kind, amount, balance_after, created_at FROM ledger_entry
      WHERE user_id = ? AND entry_no < ? ORDER BY entry_no DESC LIMIT ?)sql",
                             {user, bound, limit});
  std::vector<LedgerEntry> entries;
  while (rows.next()) {
    entries.push_back({user, EntryNo{rows.number(1)}, entry_kind(rows.text(2)), rows.number(3),
                       rows.number(4), rows.instant(5)});
  }
  return entries;
}

}  // namespace concert
