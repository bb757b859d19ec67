#include "service/prune.h"

#include "store/transaction.h"

namespace concert {

std::uint64_t Prune::batch() {
  constexpr std::int64_t kHour_ms = 3600LL * 1000;
  const QueueRow row = backend_.queues.read(kMainQueue);
  std::uint64_t gone = 0;
  const auto each = [&](const auto& prune) {
    try {
      gone += prune();
    } catch (const Busy&) {
      // Another host's pass deletes the same rows, or somebody locks them: there is no hurry.
    }
  };
  each([&] { return backend_.idempotency.prune(kBatch); });
  // Places of the block that is being admitted still count as gaps of the line.
  const std::int64_t kept_from = block_of(row.admitted_seq) << kBlockBits;
  each([&] { return backend_.tokens.prune(row.now + -48 * kHour_ms, kept_from, kBatch); });
  each([&] { return backend_.queues.prune_admissions(row.now + -48 * kHour_ms, kBatch); });
  each([&] { return backend_.queues.prune_gaps(kMainQueue, row.admitted_seq, kBatch); });
  const Instant kept_since = row.now + -24 * kHour_ms * backend_.settings.keep_reservations_days;
  for (const auto ended_as : {ReservationStatus::expired, ReservationStatus::released}) {
    each([&] {
      return run_transaction(backend_.db, [&] {
        return backend_.reservations.prune(ended_as, kept_since, kReservationBatch);
      });
    });
  }
  return gone;
}

}  // namespace concert
