#pragma once

#include "service/backend.h"

namespace concert {

// Gives a payment back, once: the reservation is refunded, the ledger gains a reversing entry, the
// balance has its points again and the seats are free, all or nothing. The payment itself stays.
class RefundPayment {
 public:
  explicit RefundPayment(Backend& backend) : backend_(backend) {}

  struct Result {
    Reservation reservation;
    LedgerEntry entry;
  };
  // The balance may pass `balance_limit`, which is a limit of charges: the points were the user's.
  // Throws ChangeRefused if there is no such payment, it was refunded before, or the balance would
  // pass the range of points.
  Result run(PaymentId id, const AdminAction& action);

 private:
  Result refund(PaymentId id);
  [[noreturn]] void refuse_unpaid(PaymentId id);

  Backend& backend_;
};

}  // namespace concert
