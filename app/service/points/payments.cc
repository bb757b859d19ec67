#include "service/points/payments.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "report/counters.h"
#include "service/points/balances.h"
#include "store/admin/admin_action_store.h"
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

Payment Payments::make(const LockedToken& locked, const Reservation& reservation) {
  if (reservation.state != ReservationState::held) refuse_lapsed();
  if (locked.account.balance < reservation.total) {
    throw Refusal(Reason::insufficient_balance,
                  "The balance is too low. The seats stay held; add points and pay again.");
  }
  if (!reservations_.end_hold(reservation.id, ReservationState::paid)) refuse_lapsed();
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

namespace {

// A reservation's payment has its id before it is made, and its user knows it.
[[noreturn]] void refuse_unpaid(ReservationStore& reservations, PaymentId id) {
  const auto record = reservations.record(reservation_of(id));
  if (!record) throw ChangeRefused(fmt::format("there is no payment {}.", id.value));
  const ReservationState state = record->reservation.state;
  if (state == ReservationState::paid || state == ReservationState::refunded)
    throw RetryTransaction("the reservation was paid meanwhile");
  throw ChangeRefused(
      fmt::format("there is no payment {}: reservation {} was never paid, it is {}.", id.value,
                  record->reservation.id.value, to_text(state)));
}

// Marks the reservation of a locked payer as refunded, and returns it.
Reservation end_paid(ReservationStore& reservations, PaymentId id, Points balance) {
  const bool refunded = reservations.refund(reservation_of(id));
  const auto record = reservations.record(reservation_of(id));
  check(record && record->ended_at, "a payment has a reservation that has ended");
  if (!refunded) {
    throw ChangeRefused(fmt::format("payment {} was refunded at {}; nothing is given back twice.",
                                    id.value, record->ended_at->rfc3339()));
  }
  const Points amount = record->reservation.total;
  if (amount > kMaxPoints - balance) {
    throw ChangeRefused(fmt::format(
        "the balance is {}; with the {} of payment {} it would pass the most that a balance can "
        "be, {}.",
        balance, amount, id.value, kMaxPoints));
  }
  return record->reservation;
}

Refund refund(Session& db, PaymentId id) {
  ReservationStore reservations(db);
  const auto payer = PaymentStore(db).payer(id);
  if (!payer) refuse_unpaid(reservations, id);
  // The user is locked before the reservation, as in a payment: so there is no deadlock of the two.
  const auto locked = UserStore(db).lock(*payer);
  if (!locked) throw RetryTransaction("the payer was erased meanwhile");
  const Reservation reservation = end_paid(reservations, id, locked->account.balance);
  const LedgerEntry entry = post_entry(db, *locked, EntryKind::refund, reservation.total);
  check(SeatStore(db).give_back(reservation.id) == reservation.seats.size(),
        "a paid reservation owns its seats");
  return {reservation, entry};
}

}  // namespace

Refund refund_payment(Session& db, PaymentId id, const AdminAction& action) {
  return run_transaction(db, [&] {
    Refund made = refund(db, id);
    AdminActionStore(db).append(
        action, fmt::format(R"({{"paymentId":{},"amount":{},"seatNumbers":[{}]}})", id.value,
                            made.entry.amount, fmt::join(made.reservation.seats, ",")));
    return made;
  });
}

}  // namespace concert
