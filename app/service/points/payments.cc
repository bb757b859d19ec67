#include "service/points/payments.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "report/counters.h"
#include "service/points/balances.h"
#include "store/sale/catalogue_store.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

[[noreturn]] void refuse_lapsed() {
  throw Refusal(Reason::hold_expired,
                "The hold has ended; no points were taken. Hold the seats again.");
}

}  // namespace

Payment Payments::pay(const TokenClaims& claims, PaymentId id) {
  bool paid_now = false;
  Payment payment = settle([&](bool maybe_committed) {
    return guard_.transact(claims, [&](const LockedToken& locked) {
      // What an earlier run of this call may have paid is found as paid.
      paid_now = maybe_committed;
      return find_or_make(locked, id, paid_now);
    });
  });
  if (paid_now) {
    metrics_.add_to_cell(points_paid, static_cast<std::uint64_t>(payment.amount));
    metrics_.add_to_cell(seats_sold, payment.seats.size());
    cache_.note_ended(claims.issue());
  }
  payment.is_replayed = !paid_now;
  return payment;
}

Payment Payments::find_or_make(const LockedToken& locked, PaymentId id, bool& paid_now) {
  const UserId& user = locked.token.user;
  const TokenState state = state_at(locked.token, locked.now);
  if (state != TokenState::active && opens_records(locked.token, locked.now)) {
    // It pays nothing, but repeats the answer of a payment that its user made.
    if (auto made = payments_.find(user, id)) return *std::move(made);
  }
  require_active_state(state);
  const auto reservation = reservations_.lock(user, reservation_of(id));
  if (!reservation) throw Refusal(Reason::payment_not_found, "You have no such payment.");
  // The answer says what the payment did; that it was refunded since, the reservation says.
  if (reservation->state == ReservationState::paid ||
      reservation->state == ReservationState::refunded) {
    auto made = payments_.find(user, id);
    check(made.has_value(), "a paid reservation has a payment");
    return *std::move(made);
  }
  paid_now = true;
  return make(locked, *reservation);
}

// Why a hold that was live a moment ago cannot be paid.
void Payments::refuse_unpayable(const Reservation& reservation) {
  const auto date = CatalogueStore(db_).date(reservation.date);
  if (!date || !date->cancelled_at) refuse_lapsed();
  throw Refusal(Reason::date_cancelled, "The date is cancelled; no points were taken.");
}

Payment Payments::make(const LockedToken& locked, const Reservation& reservation) {
  if (reservation.state != ReservationState::held) refuse_lapsed();
  if (locked.account.balance < reservation.total) {
    throw Refusal(Reason::insufficient_balance,
                  "The balance is too low. The seats stay held; add points and pay again.");
  }
  if (!reservations_.end_hold(reservation.id, ReservationState::paid))
    refuse_unpayable(reservation);
  const UserId& user = locked.token.user;
  const LedgerEntry entry =
      post_entry(db_, {user, locked.account, locked.now}, EntryKind::payment, -reservation.total);
  Payment payment{
      payment_of(reservation.id), user,      reservation.total, entry.number, entry.balance_after,
      reservation.seats,          locked.now};
  payments_.insert(payment, locked.token.id);
  // A hold that lapsed while this waited for a lock may have lost its seats to another user.
  if (seats_.sell(reservation.id) != reservation.seats.size()) refuse_lapsed();
  check(tokens_.end_active(locked.token.id, TokenState::used),
        "a locked active token can be used up");
  return payment;
}

}  // namespace concert
