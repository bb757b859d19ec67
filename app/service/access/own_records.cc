#include "service/access/own_records.h"

namespace concert {

Reservation OwnRecords::reservation(const TokenClaims& claims, ReservationId id) {
  guard_.require_own_records(claims);
  auto found = backend_.reservations.find(claims.user, id);
  if (!found) throw Refusal(Reason::reservation_not_found, "You have no such reservation.");
  return *std::move(found);
}

std::vector<Reservation> OwnRecords::reservations(const TokenClaims& claims,
                                                  std::optional<ReservationId> before,
                                                  std::int64_t limit) {
  guard_.require_own_records(claims);
  return backend_.reservations.page(claims.user, before, limit);
}

std::vector<LedgerEntry> OwnRecords::ledger(const TokenClaims& claims,
                                            std::optional<EntryNo> before, std::int64_t limit) {
  guard_.require_own_records(claims);
  return backend_.ledger.page(claims.user, before, limit);
}

}  // namespace concert
