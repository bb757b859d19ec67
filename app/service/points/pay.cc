#include "service/points/pay.h"

#include "domain/check.h"
#include "service/points/post_entry.h"
#include "store/session/settle.h"

namespace concert {
namespace {

[[noreturn]] void refuse_lapsed() {
  throw Refusal(Reason::hold_expired,
                "The hold has ended; nothing was drawn. Hold the seats again.");
}

}  // namespace

Payment Pay::run(const TokenClaims& claims, PaymentId id) {
  Instant now;
  bool paid_now = false;
  Payment payment = settle([&](bool unheard) {
    return guard_.transact(claims, [&](const LockedToken& locked) {
      now = locked.now;
      // What an earlier run of this call may have paid is found as paid.
      paid_now = unheard;
      const TokenState state = state_at(locked.token, now);
      if (Guard::used_lately(locked.token, now)) {
        // A token pays once: all that it is still good for is the payment that it made.
        if (auto made = backend_.payments.find(claims.user, id)) return *std::move(made);
      }
      Guard::require(state);
      const auto reservation = backend_.reservations.lock(claims.user, reservation_of(id));
      if (!reservation) throw Refusal(Reason::payment_not_found, "You have no such payment.");
      // The answer says what the payment did; that it was refunded since, the reservation says.
      if (reservation->state == ReservationState::paid ||
          reservation->state == ReservationState::refunded) {
        auto made = backend_.payments.find(claims.user, id);
        check(made.has_value(), "a paid reservation has a payment");
        return *std::move(made);
      }
      paid_now = true;
      return pay(locked, *reservation);
    });
  });
  if (paid_now) {
    backend_.count(points_paid, payment.amount);
    backend_.count(seats_sold, static_cast<std::int64_t>(payment.seats.size()));
  }
  if (paid_now) backend_.queue_cache.note_ended(claims.issue(), now, std::nullopt);
  payment.is_replayed = !paid_now;
  return payment;
}

Payment Pay::pay(const LockedToken& locked, const Reservation& reservation) {
  if (reservation.state != ReservationState::held) refuse_lapsed();
  if (locked.account.balance < reservation.total) {
    throw Refusal(Reason::insufficient_balance,
                  "The balance is too low. The seats stay held; charge and pay again.");
  }
  if (!backend_.reservations.end_hold(reservation.id, ReservationState::paid)) refuse_lapsed();
  const LedgerEntry entry = post_entry(backend_, locked, EntryKind::payment, -reservation.total);
  Payment payment{payment_of(reservation.id), locked.token.user, reservation.total, entry.number,
                  entry.balance_after,        reservation.seats, locked.now};
  backend_.payments.insert(payment, locked.token.id);
  // A hold that lapsed while this waited for a lock may have lost its seats to another user.
  if (backend_.seats.sell(reservation.id) != reservation.seats.size()) refuse_lapsed();
  check(backend_.tokens.end_active(locked.token.id, TokenState::used),
        "a locked active token can be used up");
  return payment;
}

}  // namespace concert
