#include "service/admin/cancel_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/wording.h"
#include "service/admin/catalogue_rules.h"
#include "service/points/refunds.h"
#include "service/sale/reservations.h"
#include "store/admin/admin_action_store.h"
#include "store/session/settle.h"

namespace concert {
namespace {

// Runs `batch`, then rests as long as it took.
template <class Batch>
auto gently(Batch batch) {
  using Clock = std::chrono::steady_clock;
  constexpr Clock::duration kLongestRest = std::chrono::seconds(1);
  const auto began = Clock::now();
  auto done = settle([&](bool) { return batch(); });
  std::this_thread::sleep_for(std::min(Clock::now() - began, kLongestRest));
  return done;
}

[[noreturn]] void refuse_too_much(DateId date, const std::vector<PaymentId>& payments) {
  std::vector<std::int64_t> ids;
  ids.reserve(payments.size());
  for (const PaymentId id : payments) ids.push_back(id.value);
  throw ChangeRefused(fmt::format(
      "date {} is cancelled and all others are refunded, but not {} {}: the balance would pass the "
      "most that a balance can be, {}. Once its user has spent some, run this again.",
      date.value, ids.size() == 1 ? "payment" : "payments", few_of(ids), kMaxPoints));
}

}  // namespace

CancelDate::Begun CancelDate::begin(DateId date) {
  return change_catalogue(db_, [&] {
    CatalogueStore store(db_);
    auto record = store.date(date);
    if (!record) throw ChangeRefused(fmt::format("there is no date {}.", date.value));
    const Begun begun{record->concert, store.tickets(date), record->refunds_ended_at.has_value()};
    if (record->cancelled_at) return begun;
    record->is_stopped = true;
    store.write(*record);
    store.cancel(date);
    AdminActionStore(db_).append(
        action_, fmt::format(R"({{"concertDateId":{},"ticketsSold":{},"ticketsHeld":{}}})",
                             date.value, begun.tickets.sold, begun.tickets.held));
    return begun;
  });
}

BulkReservationStore::Refunded CancelDate::complete(DateId date, const Report& report) {
  std::int64_t done = 0;
  do {
    release(date, done, report);
    refund(date, done, report);
  } while (!settle([&](bool) { return end(date); }));
  return BulkReservationStore(db_).refunded_since_cancelled(date);
}

void CancelDate::release(DateId date, std::int64_t& done, const Report& report) {
  for (ReservationId after;;) {
    const auto batch = gently([&] { return release_batch(db_, date, after); });
    if (!batch.last) return;
    after = *batch.last;
    report(done += batch.tickets);
  }
}

void CancelDate::refund(DateId date, std::int64_t& done, const Report& report) {
  std::vector<PaymentId> too_much;
  for (ReservationId after;;) {
    const auto batch = gently([&] { return refund_batch(db_, date, after); });
    if (!batch.last) break;
    after = *batch.last;
    too_much.insert(too_much.end(), batch.too_much.begin(), batch.too_much.end());
    report(done += batch.tickets);
  }
  if (!too_much.empty()) refuse_too_much(date, too_much);
}

bool CancelDate::end(DateId date) {
  return run_transaction(db_, [&] {
    CatalogueStore store(db_);
    // A hold shares this lock until it is committed. One by a program of the previous release may
    // have read the date before it was cancelled: it is waited for here, and found.
    store.lock(date);
    BulkReservationStore reservations(db_);
    if (reservations.has_live(date)) return false;
    if (!store.end_cancellation(date)) return true;
    const auto refunded = reservations.refunded_since_cancelled(date);
    AdminActionStore(db_).append(
        action_,
        fmt::format(R"({{"concertDateId":{},"reservationsRefunded":{},"ticketsRefunded":{},)"
                    R"("pointsRefunded":{}}})",
                    date.value, refunded.reservations, refunded.tickets, refunded.points));
    return true;
  });
}

}  // namespace concert
