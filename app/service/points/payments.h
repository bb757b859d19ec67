#pragma once

#include "base/metrics.h"
#include "cache/queue_cache.h"
#include "domain/admin_action.h"
#include "domain/reservation.h"
#include "service/access/guard.h"
#include "settings/settings.h"
#include "store/points/account_store.h"
#include "store/queue/token_store.h"
#include "store/sale/reservation_store.h"
#include "store/sale/seat_store.h"

namespace concert {

// Payments for held seats.
class Payments {
 public:
  struct With {
    Session& db;
    QueueCache& cache;
    Guard& guard;
    const Settings& settings;
    Metrics& metrics;
  };
  explicit Payments(const With& with)
      : db_(with.db),
        cache_(with.cache),
        guard_(with.guard),
        metrics_(with.metrics),
        tokens_(with.db, TokenLife(with.settings.active_seconds)) {}

  // Debits the balance, writes the ledger entry and the payment, gives the seats to the user and
  // uses up the token: all or nothing. A payment that was made before is returned again, to every
  // token that opens its user's records, with `is_replayed` set.
  // Refuses: token_expired, token_waiting, token_records_only, payment_not_found, hold_expired,
  // insufficient_balance.
  Payment pay(const TokenClaims& claims, PaymentId id);

 private:
  // `paid_now`: whether this call changed the balance, or may have done so in an earlier attempt.
  Payment find_or_make(const LockedToken& locked, PaymentId id, bool& paid_now);
  Payment make(const LockedToken& locked, const Reservation& reservation);

  Session& db_;
  QueueCache& cache_;
  Guard& guard_;
  Metrics& metrics_;
  TokenStore tokens_;
  ReservationStore reservations_{db_};
  PaymentStore payments_{db_};
  SeatStore seats_{db_};
};

struct Refund {
  Reservation reservation;
  LedgerEntry entry;
};

// Refunds a payment, once, for an administrator: the reservation is refunded, the ledger gains a
// reversing entry, the balance has its points again and the seats are free, all or nothing. The
// payment itself stays. The balance may pass `balance_limit`, which limits only charges.
// Throws ChangeRefused if there is no such payment, it was refunded before, or the balance would
// pass kMaxPoints.
Refund refund_payment(Session& db, PaymentId id, const AdminAction& action);

}  // namespace concert
