#pragma once

#include <optional>
#include <vector>

#include "domain/admin_action.h"
#include "domain/points.h"
#include "domain/reservation.h"
#include "store/session/session.h"

namespace concert {

struct Refund {
  Reservation reservation;
  LedgerEntry entry;
  SeatNumbers seats;  // that it freed
};

// Refunds a payment, once, for an administrator: the reservation is refunded, the ledger gains a
// reversing entry of what was not refunded before, the balance has its points again and the seats
// are free, all or nothing. The payment itself stays. The balance may pass `balance_limit`, which
// limits only charges. Throws ChangeRefused if there is no such payment, it was refunded before, or
// the balance would pass kMaxPoints.
Refund refund_payment(Session& db, PaymentId id, const AdminAction& action);

// The same for some seats of a reservation and their prices, each once; it stays paid while it has
// a seat left. Throws ChangeRefused also if one of `seats`, at least one, is not of it or was
// refunded before; then none is.
Refund refund_seats(Session& db, ReservationId id, const SeatNumbers& seats,
                    const AdminAction& action);

// What a batch of refunds did.
struct RefundedBatch {
  std::optional<ReservationId> last;  // that it looked at; nothing: there was none
  std::int64_t tickets = 0;
  std::vector<PaymentId> too_much;  // not refunded: the balance would pass kMaxPoints
};

// Refunds the first kRefundBatch paid reservations of a date with ids above `after`, each as
// refund_payment() does, in one transaction without a record of its own. What was refunded
// meanwhile stays as it is, so it may run any number of times, beside itself too.
RefundedBatch refund_batch(Session& db, DateId date, ReservationId after);
inline constexpr std::int64_t kRefundBatch = 25;

}  // namespace concert
