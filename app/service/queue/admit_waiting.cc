#include "service/queue/admit_waiting.h"

#include <algorithm>

#include "store/session/transaction.h"

namespace concert {

void settle_credit(QueueStore& queues, QueueId queue, const QueueRow& locked,
                   const Settings& settings, std::int64_t admitted) {
  const AdmissionRate rate = locked.set.in_force(settings.queue_limits()).rate;
  if (!rate.counts_credit()) return;
  queues.note_credit(queue, spent(accrued(locked.credit, rate, locked.now), rate, admitted));
}

LimitsInForce AdmitWaiting::limits(const QueueRow& row) const {
  return row.set.in_force(settings_.queue_limits());
}

std::int64_t AdmitWaiting::allowance(const QueueRow& row, const Result& so_far) const {
  const AdmissionRate rate = limits(row).rate;
  if (!rate.counts_credit()) return rate.per_interval - so_far.admitted;
  return whole_users(accrued(row.credit, rate, row.now), rate);
}

std::int64_t AdmitWaiting::room(const QueueRow& row, const Result& so_far) const {
  if (row.paused) return 0;
  const std::int64_t room = room_for_active(limits(row), row.active_share, row.active_count);
  return std::max<std::int64_t>(0, std::min({allowance(row, so_far), room, row.waiting()}));
}

// Vacancies at the head are passed over even while nobody is admitted.
bool AdmitWaiting::has_vacant_head(QueueId queue, const QueueRow& row) {
  if (row.vacancies() == 0) return false;
  const std::int64_t head = row.admitted_place + 1;
  return !waits_.first(orders_.of(queue, row), {head, head});
}

// Statements name drawn places one by one.
Range AdmitWaiting::batch_places(const QueueRow& row, const PlaceOrder& order) const {
  const std::int64_t head = row.admitted_place + 1;
  const std::int64_t most = order.is_drawn(head) ? kDrawnPlacesPerBatch : kPlacesPerBatch;
  return {head, std::min(row.last_place, row.admitted_place + most)};
}

// The clock was set back: credit accrues again once that is noted.
bool AdmitWaiting::is_credit_of_future(const QueueRow& row) const {
  return limits(row).rate.counts_credit() && row.credit.at && *row.credit.at > row.now;
}

AdmitWaiting::Result AdmitWaiting::run(QueueId queue) {
  constexpr int kMostBatches = 100;  // the next pass continues
  Result result;
  // With nothing to do, joins are not made to wait for a lock.
  const QueueRow glance = queues_.read(queue);
  if (!is_open(glance.opening)) return result;
  if (room(glance, result) == 0 && !is_credit_of_future(glance) && !has_vacant_head(queue, glance))
    return result;
  for (int left = kMostBatches - 1; batch(queue, result, left == 0); --left) {
  }
  return result;
}

void AdmitWaiting::note_admitted_place(const QueuePlaces& of, const Range& places) {
  if (const auto place = waits_.last_admitted(of, places))
    queues_.note_admitted_place(of.queue, *place);
}

std::int64_t AdmitWaiting::admit_returned(QueueId queue, const QueueRow& row, std::int64_t most) {
  if (row.returned_count == 0 || most == 0) return 0;
  return static_cast<std::int64_t>(returns_.admit(queue, row.opened_at(), most));
}

// Returns whether another batch is to follow: not the last one, and no user of this one still
// waits.
bool AdmitWaiting::batch(QueueId queue, Result& so_far, bool is_last) {
  std::int64_t admitted = 0;  // returned users included
  std::vector<EndedWait> lapsed;
  const bool goes_on = run_transaction(db_, [&] {
    const QueueRow row = queues_.lock(queue);
    const QueuePlaces of = orders_.of(queue, row);
    const Range places = batch_places(row, of.order);
    const std::int64_t most = room(row, so_far);
    const std::int64_t returned = admit_returned(queue, row, most);
    const std::int64_t wanted = most - returned;
    const std::int64_t from_places =
        wanted == 0 ? 0 : static_cast<std::int64_t>(waits_.admit(of, places, wanted));
    admitted = returned + from_places;
    auto head = waits_.first(of, places);
    lapsed.clear();
    if (head && head->has_lapsed) {
      // It was passed over, and must not stay before users who were admitted.
      lapsed = expire_tokens_.lapsed_waiting_of_locked(of, places);
      head = waits_.first(of, places);
    }
    queues_.note_pass(queue, from_places, head ? head->place - 1 : places.last,
                      limits(row).active_limit);
    if (from_places > 0) note_admitted_place(of, {places.first, head ? head->place : places.last});
    settle_credit(queues_, queue, row, settings_, admitted);
    const bool is_over = is_last || head || places.last >= row.last_place;
    if (is_over) queues_.note_admission(queue, so_far.admitted + admitted);
    return !is_over;
  });
  expire_tokens_.note(queue, lapsed);
  so_far.admitted += admitted;
  so_far.waiting_expired += lapsed.size();
  return goes_on;
}

}  // namespace concert
