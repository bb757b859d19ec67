#pragma once

#include "service/access/guard.h"

namespace concert {

// Pays for held seats: draws the balance, writes the ledger entry and the payment, gives the seats
// to the user and uses up the token, all or nothing.
class Pay {
 public:
  Pay(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // A payment that was made already is answered again, also for the token that it used up.
  // Refuses: token_expired, token_waiting, payment_not_found, hold_expired, insufficient_balance.
  Payment run(const TokenClaims& claims, PaymentId id);

 private:
  Payment pay(const LockedToken& locked, const Reservation& reservation);

  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
