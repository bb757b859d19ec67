#include "service/admit_waiting.h"

#include <algorithm>

#include "store/transaction.h"

namespace concert {

std::int64_t AdmitWaiting::run() {
  const Settings& settings = backend_.settings;
  const auto room = [&](const QueueRow& row) {
    if (row.paused) return std::int64_t{0};
    const std::int64_t limit = row.set.active_limit.value_or(settings.active_limit);
    const std::int64_t per_pass = row.set.admit_per_pass.value_or(settings.admit_per_pass);
    return std::max<std::int64_t>(
        0, std::min({per_pass, limit - row.active_count, row.waiting_count}));
  };
  // Without anything to do, joins are not made to wait for a lock.
  const QueueRow glance = backend_.queues.read(kMainQueue);
  const bool line_is_stale = glance.waiting_count == 0 && glance.admitted_seq < glance.last_seq;
  if (room(glance) == 0 && !line_is_stale) return 0;
  return run_transaction(backend_.db, [&] {
    const QueueRow row = backend_.queues.lock(kMainQueue);
    const std::int64_t active_ms = backend_.life.end_to_write(Instant{}, Instant{}).ms;
    const std::int64_t wanted = room(row);
    const auto admitted = wanted == 0 ? 0
                                      : static_cast<std::int64_t>(backend_.tokens.admit(
                                            kMainQueue, row.admitted_seq, wanted, active_ms));
    const auto first = backend_.tokens.first_waiting(kMainQueue, row.admitted_seq);
    backend_.queues.note_pass(kMainQueue, admitted, first ? *first - 1 : row.last_seq,
                              row.set.active_limit.value_or(settings.active_limit));
    return admitted;
  });
}

}  // namespace concert
