#pragma once

#include "base/metrics.h"
#include "cache/queue_cache.h"
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
  // date_cancelled, insufficient_balance.
  Payment pay(const TokenClaims& claims, PaymentId id);

 private:
  // `paid_now`: whether this call changed the balance, or may have done so in an earlier attempt.
  Payment find_or_make(const LockedToken& locked, PaymentId id, bool& paid_now);
  Payment make(const LockedToken& locked, const Reservation& reservation);
  [[noreturn]] void refuse_unpayable(const Reservation& reservation);

  Session& db_;
  QueueCache& cache_;
  Guard& guard_;
  Metrics& metrics_;
  TokenStore tokens_;
  ReservationStore reservations_{db_};
  PaymentStore payments_{db_};
  SeatStore seats_{db_};
};

}  // namespace concert
