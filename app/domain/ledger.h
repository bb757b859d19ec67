#pragma once

#include <string_view>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/points.h"
#include "domain/user_id.h"

namespace concert {

enum class EntryKind { charge, payment, refund };

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
