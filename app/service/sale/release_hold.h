#pragma once

#include "service/access/guard.h"

namespace concert {

// Lets held seats go. Does nothing to a hold that was released or has expired.
class ReleaseHold {
 public:
  ReleaseHold(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Refuses: token_expired, token_waiting, reservation_not_found, already_paid.
  void run(const TokenClaims& claims, ReservationId id);

 private:
  // False if it was over already.
  bool release(const TokenClaims& claims, ReservationId id);

  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
