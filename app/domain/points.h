#pragma once

#include <string_view>

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

std::string_view to_text(EntryKind kind);
EntryKind entry_kind(std::string_view text);

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
