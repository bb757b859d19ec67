#include "service/points/refund_payment.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "service/admin/change_refused.h"
#include "service/points/post_entry.h"
#include "store/session/transaction.h"

namespace concert {

RefundPayment::Result RefundPayment::run(PaymentId id, const AdminAction& action) {
  return run_transaction(backend_.db, [&] {
    Result result = refund(id);
    backend_.admin_actions.append(
        action, fmt::format(R"({{"paymentId":{},"amount":{},"seatNumbers":[{}]}})", id.value,
                            result.entry.amount, fmt::join(result.reservation.seats, ",")));
    return result;
  });
}

// A payment is known to its user by the reservation's id before there is one.
void RefundPayment::refuse_unpaid(PaymentId id) {
  const auto record = backend_.reservations.record(reservation_of(id));
  if (!record) throw ChangeRefused(fmt::format("there is no payment {}.", id.value));
  const ReservationState state = record->reservation.state;
  if (state == ReservationState::paid || state == ReservationState::refunded)
    throw RetryTransaction("the reservation was paid meanwhile");
  throw ChangeRefused(
      fmt::format("there is no payment {}: reservation {} was never paid, it is {}.", id.value,
                  record->reservation.id.value, to_text(state)));
}

RefundPayment::Result RefundPayment::refund(PaymentId id) {
  const auto payer = backend_.payments.payer(id);
  if (!payer) refuse_unpaid(id);
  // The user goes before the reservation, as in a payment: nobody waits in a circle.
  const auto locked = backend_.users.lock(*payer);
  if (!locked) throw RetryTransaction("the payer was erased meanwhile");
  const bool refunded = backend_.reservations.refund(reservation_of(id));
  const auto record = backend_.reservations.record(reservation_of(id));
  check(record && record->ended_at, "a payment has a reservation that has ended");
  if (!refunded) {
    throw ChangeRefused(fmt::format("payment {} was refunded at {}; nothing is given back twice.",
                                    id.value, record->ended_at->rfc3339()));
  }
  const Points amount = record->reservation.total;
  if (amount > kMaxPoints - locked->account.balance) {
    throw ChangeRefused(fmt::format(
        "the balance is {}; with the {} of payment {} it would pass the most that a balance can "
        "be, {}.",
        locked->account.balance, amount, id.value, kMaxPoints));
  }
  const LedgerEntry entry = post_entry(backend_, *payer, *locked, EntryKind::refund, amount);
  check(backend_.seats.give_back(reservation_of(id)) == record->reservation.seats.size(),
        "a paid reservation owns its seats");
  return {record->reservation, entry};
}

}  // namespace concert
