#include "service/points/refunds.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/wording.h"
#include "domain/check.h"
#include "service/points/balances.h"
#include "store/admin/admin_action_store.h"
#include "store/points/account_store.h"
#include "store/sale/bulk_reservation_store.h"
#include "store/sale/hall_store.h"
#include "store/sale/reservation_store.h"
#include "store/sale/seat_store.h"
#include "store/session/transaction.h"

namespace concert {
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

// A paid reservation, and who paid it, both locked.
struct LockedPaid {
  LockedAccount payer;
  Reservation reservation;
};

LockedPaid lock_paid(Session& db, PaymentId id) {
  ReservationStore reservations(db);
  const auto payer = PaymentStore(db).payer(id);
  if (!payer) refuse_unpaid(reservations, id);
  // The user is locked before the reservation, as in a payment: so there is no deadlock of the two.
  const auto locked = UserStore(db).lock(*payer);
  if (!locked) throw RetryTransaction("the payer was erased meanwhile");
  auto paid = reservations.lock_paid({reservation_of(id)});
  if (paid.empty()) {
    const auto record = reservations.record(reservation_of(id));
    check(record && record->ended_at, "a payment has a reservation that has ended");
    throw ChangeRefused(fmt::format("payment {} was refunded at {}; nothing is given back twice.",
                                    id.value, record->ended_at->rfc3339()));
  }
  return {*locked, std::move(paid.front())};
}

LedgerEntry give_points(Session& db, const LockedPaid& paid, Points amount) {
  const Points balance = paid.payer.account.balance;
  if (amount > kMaxPoints - balance) {
    throw ChangeRefused(fmt::format(
        "the balance is {}; with the {} of payment {} it would pass the most that a balance can "
        "be, {}.",
        balance, amount, payment_of(paid.reservation.id).value, kMaxPoints));
  }
  return post_entry(db, paid.payer, EntryKind::refund, amount);
}

// Refunds all that is left.
Refund refund_rest(Session& db, const LockedPaid& paid) {
  const LedgerEntry entry = give_points(db, paid, paid.reservation.points_left());
  const SeatNumbers seats = paid.reservation.seats_left();
  const ReservationId id = paid.reservation.id;
  check(BulkReservationStore(db).refund_all({id}) == 1, "a locked reservation stays paid");
  check(SeatStore(db).give_back(id, seats) == seats.size(), "a paid reservation owns its seats");
  HallStore(db).end_claims({id}, ReservationState::refunded);
  return {paid.reservation, entry, seats};
}

// Throws ChangeRefused unless the reservation has all of `seats` left.
void require_left(const Reservation& reservation, const SeatNumbers& seats) {
  std::vector<std::string> in_the_way;
  for (const SeatNumber seat : seats) {
    if (!std::binary_search(reservation.seats.begin(), reservation.seats.end(), seat)) {
      in_the_way.push_back(fmt::format("{} is not of it", seat));
    } else if (reservation.state_of(seat) == ReservationState::refunded) {
      in_the_way.push_back(fmt::format("{} was refunded before", seat));
    }
  }
  if (in_the_way.empty()) return;
  throw ChangeRefused(fmt::format("no seat of reservation {}, which has {}, was refunded: {}.",
                                  reservation.id.value, few_of(reservation.seats),
                                  few_of(in_the_way)));
}

Refund refund_some(Session& db, const LockedPaid& paid, const SeatNumbers& seats) {
  const ReservationId id = paid.reservation.id;
  require_left(paid.reservation, seats);
  if (seats == paid.reservation.seats_left()) return refund_rest(db, paid);
  ReservationStore reservations(db);
  check(reservations.refund_seats(id, seats), "a locked reservation keeps its seats");
  auto after = reservations.record(id);
  check(after.has_value(), "a locked reservation is there");
  const Points amount = after->reservation.refunded_amount - paid.reservation.refunded_amount;
  const LedgerEntry entry = give_points(db, paid, amount);
  check(SeatStore(db).give_back(id, seats) == seats.size(), "a paid reservation owns its seats");
  HallStore(db).end_claims(paid.reservation.date, seats);
  return {after->reservation, entry, seats};
}

// Locks those who paid, in ascending order, before their reservations, as a payment does.
std::map<UserId, LockedAccount> lock_payers(Session& db, const BulkReservationStore::Paid& paid) {
  std::set<UserId> users;
  for (const auto& [id, user] : paid) users.insert(user);
  std::map<UserId, LockedAccount> locked;
  for (const LockedAccount& account : UserStore(db).lock_all({users.begin(), users.end()}))
    locked.emplace(account.user, account);
  return locked;
}

std::vector<ReservationId> ids_of(const BulkReservationStore::Paid& paid) {
  std::vector<ReservationId> ids;
  ids.reserve(paid.size());
  for (const auto& [id, user] : paid) ids.push_back(id);
  return ids;
}

RefundedBatch refund_each(Session& db, const BulkReservationStore::Paid& paid) {
  RefundedBatch batch{paid.back().first, 0, {}};
  auto payers = lock_payers(db, paid);
  std::vector<ReservationId> refunded;
  for (const Reservation& reservation : ReservationStore(db).lock_paid(ids_of(paid))) {
    const auto payer = payers.find(reservation.user);
    if (payer == payers.end()) throw RetryTransaction("the payer was erased meanwhile");
    Account& account = payer->second.account;
    const Points left = reservation.points_left();
    if (left > kMaxPoints - account.balance) {
      batch.too_much.push_back(payment_of(reservation.id));
      continue;
    }
    const LedgerEntry entry = post_entry(db, payer->second, EntryKind::refund, left);
    account = {entry.balance_after, entry.number.value};
    refunded.push_back(reservation.id);
    batch.tickets += static_cast<std::int64_t>(reservation.seats_left().size());
  }
  if (refunded.empty()) return batch;
  check(BulkReservationStore(db).refund_all(refunded) == refunded.size(),
        "a locked reservation stays paid");
  check(SeatStore(db).give_back_all(refunded) == static_cast<std::uint64_t>(batch.tickets),
        "a paid reservation owns its seats");
  HallStore(db).end_claims(refunded, ReservationState::refunded);
  return batch;
}

}  // namespace

Refund refund_payment(Session& db, PaymentId id, const AdminAction& action) {
  return run_transaction(db, [&] {
    Refund made = refund_rest(db, lock_paid(db, id));
    AdminActionStore(db).append(
        action, fmt::format(R"({{"paymentId":{},"amount":{},"seatNumbers":[{}]}})", id.value,
                            made.entry.amount, fmt::join(made.seats, ",")));
    return made;
  });
}

Refund refund_seats(Session& db, ReservationId id, const SeatNumbers& seats,
                    const AdminAction& action) {
  return run_transaction(db, [&] {
    Refund made = refund_some(db, lock_paid(db, payment_of(id)), seats);
    AdminActionStore(db).append(
        action, fmt::format(R"({{"reservationId":{},"amount":{},"seatNumbers":[{}]}})", id.value,
                            made.entry.amount, fmt::join(seats, ",")));
    return made;
  });
}

RefundedBatch refund_batch(Session& db, DateId date, ReservationId after) {
  return run_transaction(db, [&]() -> RefundedBatch {
    const auto paid = BulkReservationStore(db).paid(date, after, kRefundBatch);
    return paid.empty() ? RefundedBatch{} : refund_each(db, paid);
  });
}

}  // namespace concert
