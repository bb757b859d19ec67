#pragma once

#include <optional>
#include <vector>

#include "domain/ledger.h"
#include "store/session/session.h"

namespace concert {

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

}  // namespace concert
