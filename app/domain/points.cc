#include "domain/points.h"

#include "domain/check.h"

namespace concert {

std::string_view to_text(EntryKind kind) {
  switch (kind) {
    case EntryKind::charge: return "CHARGE";
    case EntryKind::payment: return "PAYMENT";
    case EntryKind::refund: return "REFUND";
    case EntryKind::credit: return "CREDIT";
  }
  throw Bug("no such kind of ledger entry");
}

EntryKind entry_kind(std::string_view text) {
  for (const auto kind :
       {EntryKind::charge, EntryKind::payment, EntryKind::refund, EntryKind::credit}) {
    if (to_text(kind) == text) return kind;
  }
  throw Bug("the database holds an unknown kind of ledger entry");
}

}  // namespace concert
