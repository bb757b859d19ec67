#pragma once

#include <optional>
#include <vector>

#include "service/access/guard.h"

namespace concert {

// A user's own records, for a live token and for one that a payment has just used up.
class OwnRecords {
 public:
  OwnRecords(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Refuses: token_expired, reservation_not_found.
  Reservation reservation(const TokenClaims& claims, ReservationId id);

  // Newest first, at most `limit`, with ids below `before`. Refuses: token_expired.
  std::vector<Reservation> reservations(const TokenClaims& claims,
                                        std::optional<ReservationId> before, std::int64_t limit);
  std::vector<LedgerEntry> ledger(const TokenClaims& claims, std::optional<EntryNo> before,
                                  std::int64_t limit);

 private:
  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
