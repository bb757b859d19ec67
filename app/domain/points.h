#pragma once

#include <string_view>

#include "domain/check.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/user_id.h"

namespace concert {

// Whole points of money. Every amount that the program handles is within 0 to kMaxPoints, except
// a ledger entry's, whose sign tells its direction.
using Points = std::int64_t;

inline constexpr Points kMaxPoints = kMaxExactInteger;

// A credit is a charge by an administrator.
enum class EntryKind { charge, payment, refund, credit };

inline std::string_view to_text(EntryKind kind) {
  switch (kind) {
    case EntryKind::charge: return "CHARGE";
    case EntryKind::payment: return "PAYMENT";
    case EntryKind::refund: return "REFUND";
    case EntryKind::credit: return "CREDIT";
  }
  throw Bug("no such kind of ledger entry");
}

inline EntryKind entry_kind(std::string_view text) {
  for (const auto kind :
       {EntryKind::charge, EntryKind::payment, EntryKind::refund, EntryKind::credit}) {
    if (to_text(kind) == text) return kind;
  }
  throw Bug("the database holds an unknown kind of ledger entry");
}

// One line of a user's ledger. A payment's amount is negative.
struct LedgerEntry {
  UserId user;
  EntryNo number;
  EntryKind kind = EntryKind::charge;
  Points amount = 0;
  Points balance_after = 0;
  Instant at;
};

}  // namespace concert
