#pragma once

#include <vector>

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
        tokens_(with.db, with.settings.token_life()) {}

  // Pays for holds, `ids` ascending and none twice: debits the balance, writes a ledger entry and a
  // payment for each, gives the seats to the user and uses up the token, all or nothing. They must
  // be all live holds of the user in the token's queue, so that none is lost by paying another.
  // Payments that were all made before are returned again, to every token that opens their user's
  // records, with `is_replayed` set. Refuses: token_expired, token_waiting, token_records_only,
  // wrong_queue, payment_not_found, hold_expired, other_holds, insufficient_balance,
  // date_cancelled.
  std::vector<Payment> pay_all(const TokenClaims& claims, const std::vector<PaymentId>& ids);

  // The same for one.
  Payment pay(const TokenClaims& claims, PaymentId id);

 private:
  // `paid_now`: whether this call changed the balance, or may have done so in an earlier attempt.
  std::vector<Payment> find_or_make(const LockedToken& locked, const std::vector<PaymentId>& ids,
                                    bool& paid_now);
  void require_all_live(const Token& token, const ReservationStore::Payable& payable);
  std::vector<Payment> make(const LockedToken& locked,
                            const std::vector<Reservation>& reservations);
  Payment make_one(LockedAccount& payer, const Reservation& reservation, TokenId token);
  void sell_seats(const std::vector<Reservation>& reservations);
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
