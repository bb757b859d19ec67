#include "service/queue/admit_waiting.h"

#include <algorithm>

#include "store/session/transaction.h"

namespace concert {

namespace {

AdmissionRate rate_in_force(const Backend& backend, const QueueRow& row) {
  return {row.set.admit_per_pass.value_or(backend.settings.admit_per_pass),
          backend.settings.admit_interval_seconds};
}

}  // namespace

void settle_credit(Backend& backend, const QueueRow& locked) {
  const AdmissionRate rate = rate_in_force(backend, locked);
  if (rate.interval_s == 0) return;
  backend.queues.note_credit(kMainQueue, accrued(locked.credit, rate, locked.now));
}

std::int64_t AdmitWaiting::allowance(const QueueRow& row, const Result& so_far) const {
  const AdmissionRate rate = rate_in_force(backend_, row);
  if (rate.interval_s == 0) return rate.per_interval - so_far.admitted;
  return whole_users(accrued(row.credit, rate, row.now), rate);
}

std::int64_t AdmitWaiting::room(const QueueRow& row, const Result& so_far) const {
  if (row.paused) return 0;
  const std::int64_t limit = row.set.active_limit.value_or(backend_.settings.active_limit);
  return std::max<std::int64_t>(
      0, std::min({allowance(row, so_far), limit - row.active_count, row.waiting_count}));
}

void AdmitWaiting::note_credit(const QueueRow& row, std::int64_t admitted) {
  const AdmissionRate rate = rate_in_force(backend_, row);
  if (rate.interval_s == 0) return;
  backend_.queues.note_credit(kMainQueue,
                              spent(accrued(row.credit, rate, row.now), rate, admitted));
}

// The line begins after those at its head who left, also while nobody goes in.
bool AdmitWaiting::is_head_left(const QueueRow& row) {
  if (row.waiting_count == row.last_seq - row.admitted_seq) return false;
  const std::int64_t head = row.admitted_seq + 1;
  return !backend_.tokens.first_waiting(kMainQueue, {head, head});
}

// The clock was set back: credit accrues again once that is noted.
bool AdmitWaiting::is_credit_of_future(const QueueRow& row) const {
  return backend_.settings.admit_interval_seconds > 0 && row.credit.at && *row.credit.at > row.now;
}

AdmitWaiting::Result AdmitWaiting::run() {
  constexpr int kMostStretches = 100;  // the next pass goes on
  Result result;
  // Without anything to do, joins are not made to wait for a lock.
  const QueueRow glance = backend_.queues.read(kMainQueue);
  if (room(glance, result) == 0 && !is_credit_of_future(glance) && !is_head_left(glance))
    return result;
  int stretches_left = kMostStretches;
  while (stretches_left > 0) stretches_left = stretch(result, stretches_left - 1);
  return result;
}

// Returns how many more there are to be, of `at_most`: none once somebody still waits in this one.
int AdmitWaiting::stretch(Result& so_far, int at_most) {
  std::int64_t admitted = 0;
  std::vector<EndedWait> lapsed;
  const int more = run_transaction(backend_.db, [&] {
    const QueueRow row = backend_.queues.lock(kMainQueue);
    const Range places{row.admitted_seq + 1, std::min(row.last_seq, row.admitted_seq + kStretch)};
    const std::int64_t active_ms = backend_.life.end_to_write(Instant{}, Instant{}).ms;
    const std::int64_t wanted = room(row, so_far);
    admitted = wanted == 0 ? 0
                           : static_cast<std::int64_t>(
                                 backend_.tokens.admit(kMainQueue, places, wanted, active_ms));
    auto head = backend_.tokens.first_waiting(kMainQueue, places);
    lapsed.clear();
    if (head && head->has_lapsed) {
      // It was passed over, and must not stay before those who went in.
      lapsed = tokens_.lapsed_waiting_of_locked_queue(places);
      head = backend_.tokens.first_waiting(kMainQueue, places);
    }
    backend_.queues.note_pass(kMainQueue, admitted, head ? head->seq - 1 : places.last,
                              row.set.active_limit.value_or(backend_.settings.active_limit));
    note_credit(row, admitted);
    const bool goes_on = !head && places.last < row.last_seq;
    const int stretches = goes_on ? at_most : 0;
    if (stretches == 0) backend_.queues.note_admission(kMainQueue, so_far.admitted + admitted);
    return stretches;
  });
  tokens_.note(lapsed);
  so_far.admitted += admitted;
  so_far.waiting_expired += lapsed.size();
  return more;
}

}  // namespace concert
