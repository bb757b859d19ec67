#include "service/points/refunds.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "domain/check.h"
#include "service/points/balances.h"
#include "store/admin/admin_action_store.h"
#include "store/points/account_store.h"
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

// Locks those who paid, in ascending order, before their reservations, as a payment does.
std::map<UserId, LockedAccount> lock_payers(Session& db, const ReservationStore::Paid& paid) {
  std::set<UserId> users;
  for (const auto& [id, user] : paid) users.insert(user);
  std::map<UserId, LockedAccount> locked;
  for (const LockedAccount& account : UserStore(db).lock_all({users.begin(), users.end()}))
    locked.emplace(account.user, account);
  return locked;
}

std::vector<ReservationId> ids_of(const ReservationStore::Paid& paid) {
  std::vector<ReservationId> ids;
  ids.reserve(paid.size());
  for (const auto& [id, user] : paid) ids.push_back(id);
  return ids;
}

RefundedBatch refund_each(Session& db, const ReservationStore::Paid& paid) {
  RefundedBatch batch{paid.back().first, 0, {}};
  auto payers = lock_payers(db, paid);
  ReservationStore reservations(db);
  std::vector<ReservationId> refunded;
  for (const Reservation& reservation : reservations.lock_paid(ids_of(paid))) {
    const auto payer = payers.find(reservation.user);
    if (payer == payers.end()) throw RetryTransaction("the payer was erased meanwhile");
    Account& account = payer->second.account;
    if (reservation.total > kMaxPoints - account.balance) {
      batch.too_much.push_back(payment_of(reservation.id));
      continue;
    }
    const LedgerEntry entry = post_entry(db, payer->second, EntryKind::refund, reservation.total);
    account = {entry.balance_after, entry.number.value};
    refunded.push_back(reservation.id);
    batch.tickets += static_cast<std::int64_t>(reservation.seats.size());
  }
  if (refunded.empty()) return batch;
  check(reservations.refund_all(refunded) == refunded.size(), "a locked reservation stays paid");
  check(SeatStore(db).give_back_all(refunded) == static_cast<std::uint64_t>(batch.tickets),
        "a paid reservation owns its seats");
  return batch;
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

RefundedBatch refund_batch(Session& db, DateId date, ReservationId after) {
  return run_transaction(db, [&]() -> RefundedBatch {
    const auto paid = ReservationStore(db).paid(date, after, kRefundBatch);
    return paid.empty() ? RefundedBatch{} : refund_each(db, paid);
  });
}

}  // namespace concert
