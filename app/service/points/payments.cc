#include "service/points/payments.h"

#include <algorithm>
#include <map>

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

bool was_paid(const Reservation& reservation) {
  return reservation.state == ReservationState::paid ||
         reservation.state == ReservationState::refunded;
}

bool is_held(const Reservation& reservation) { return reservation.state == ReservationState::held; }

std::vector<ReservationId> reservations_of(const std::vector<PaymentId>& payments) {
  std::vector<ReservationId> ids;
  ids.reserve(payments.size());
  for (const PaymentId payment : payments) ids.push_back(reservation_of(payment));
  return ids;
}

std::vector<ReservationId> reservation_ids(const std::vector<Reservation>& reservations) {
  std::vector<ReservationId> ids;
  ids.reserve(reservations.size());
  for (const Reservation& reservation : reservations) ids.push_back(reservation.id);
  return ids;
}

}  // namespace

std::vector<Payment> Payments::pay_all(const TokenClaims& claims,
                                       const std::vector<PaymentId>& ids) {
  bool paid_now = false;
  std::vector<Payment> payments = settle([&](bool maybe_committed) {
    return guard_.transact(claims, [&](const LockedToken& locked) {
      // What an earlier run of this call may have paid is found as paid.
      paid_now = maybe_committed;
      return find_or_make(locked, ids, paid_now);
    });
  });
  for (Payment& payment : payments) {
    payment.is_replayed = !paid_now;
    if (!paid_now) continue;
    metrics_.add_to_cell(points_paid, static_cast<std::uint64_t>(payment.amount));
    metrics_.add_to_cell(seats_sold, payment.seats.size());
  }
  if (paid_now) cache_.note_ended(claims.issue());
  return payments;
}

Payment Payments::pay(const TokenClaims& claims, PaymentId id) {
  return std::move(pay_all(claims, {id}).front());
}

std::vector<Payment> Payments::find_or_make(const LockedToken& locked,
                                            const std::vector<PaymentId>& ids, bool& paid_now) {
  const UserId& user = locked.token.user;
  const TokenState state = state_at(locked.token, locked.now);
  if (state != TokenState::active && opens_records(locked.token, locked.now)) {
    // It pays nothing, but repeats the answer of payments that its user made.
    auto made = payments_.find(user, ids);
    if (made.size() == ids.size()) return made;
  }
  require_active_state(state);
  const auto payable = reservations_.lock_all(user, locked.token.queue, reservations_of(ids));
  const std::vector<Reservation>& reservations = payable.reservations;
  if (reservations.size() != ids.size())
    throw Refusal(Reason::payment_not_found, "You have no such payment.");
  // The answer says what the payments did; what was refunded since, the reservations say.
  if (std::all_of(reservations.begin(), reservations.end(), was_paid)) {
    auto made = payments_.find(user, ids);
    check(made.size() == ids.size(), "a paid reservation has a payment");
    return made;
  }
  if (payable.other_queue) require_queue(locked.token.queue, *payable.other_queue);
  require_all_live(locked.token, payable);
  paid_now = true;
  return make(locked, reservations);
}

// The user's lock keeps the user from making another hold meanwhile, with any token.
void Payments::require_all_live(const Token& token, const ReservationStore::Payable& payable) {
  const std::vector<Reservation>& reservations = payable.reservations;
  for (const Reservation& reservation : reservations) {
    if (!is_held(reservation) && !was_paid(reservation)) refuse_lapsed();
  }
  const auto asked = static_cast<std::int64_t>(reservations.size());
  if (std::all_of(reservations.begin(), reservations.end(), is_held) && payable.live_holds == asked)
    return;
  std::vector<PaymentId> live;
  for (const ReservationId id : reservations_.live_holds(token.user, token.queue))
    live.push_back(payment_of(id));
  if (live.empty()) refuse_lapsed();  // just now
  throw Refusal(Reason::other_holds,
                "A payment is for all seats that you hold in the queue of this token. Pay for them "
                "together, POST /payments, or release what you do not want.")
      .with_payments(std::move(live));
}

// Why a hold that was live a moment ago cannot be paid.
void Payments::refuse_unpayable(const Reservation& reservation) {
  const auto date = CatalogueStore(db_).date(reservation.date);
  if (!date || !date->cancelled_at) refuse_lapsed();
  throw Refusal(Reason::date_cancelled, "The date is cancelled; no points were taken.");
}

std::vector<Payment> Payments::make(const LockedToken& locked,
                                    const std::vector<Reservation>& reservations) {
  Points total = 0;
  for (const Reservation& reservation : reservations) total += reservation.total;
  if (locked.account.balance < total) {
    throw Refusal(Reason::insufficient_balance,
                  "The balance is too low. The seats stay held; add points and pay again.");
  }
  LockedAccount payer{locked.token.user, locked.account, locked.now};
  std::vector<Payment> made;
  made.reserve(reservations.size());
  std::size_t seats = 0;
  for (const Reservation& reservation : reservations) {
    made.push_back(make_one(payer, reservation, locked.token.id));
    seats += reservation.seats.size();
  }
  sell_seats(reservations);
  check(tokens_.end_active(locked.token.id, TokenState::used, static_cast<std::int64_t>(seats)),
        "a locked active token can be used up");
  return made;
}

Payment Payments::make_one(LockedAccount& payer, const Reservation& reservation, TokenId token) {
  if (!reservations_.end_hold(reservation.id, ReservationState::paid))
    refuse_unpayable(reservation);
  const LedgerEntry entry = post_entry(db_, payer, EntryKind::payment, -reservation.total);
  payer.account = {entry.balance_after, entry.number.value};
  Payment payment{payment_of(reservation.id), payer.user,        reservation.total, entry.number,
                  entry.balance_after,        reservation.seats, payer.now};
  payments_.insert(payment, token);
  return payment;
}

// Date by date and in ascending order of seats, as holds lock them.
void Payments::sell_seats(const std::vector<Reservation>& reservations) {
  std::map<DateId, SeatNumbers> by_date;
  for (const Reservation& reservation : reservations) {
    SeatNumbers& seats = by_date[reservation.date];
    seats.insert(seats.end(), reservation.seats.begin(), reservation.seats.end());
  }
  for (auto& [date, seats] : by_date) {
    std::sort(seats.begin(), seats.end());
    // A hold that lapsed while this waited for a lock may have lost its seats to another user.
    if (seats_.sell(date, seats, reservation_ids(reservations)) != seats.size()) refuse_lapsed();
  }
}

}  // namespace concert
