#include "service/prune.h"

#include "store/transaction.h"

namespace concert {

KeptSince Prune::kept_since(const QueueRow& row) const {
  constexpr std::int64_t kHour_ms = 3600LL * 1000;
  return {row.now + -48 * kHour_ms, row.now + -48 * kHour_ms,
          row.now + -24 * kHour_ms * backend_.settings.keep_reservations_days, row.admitted_seq};
}

std::uint64_t Prune::batch(const KeptSince& kept) {
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
  const std::int64_t place = block_of(kept.place) << kBlockBits;
  each([&] { return backend_.tokens.prune(kept.tokens_ended, place, kBatch); });
  each([&] { return backend_.queues.prune_admissions(kept.admissions, kBatch); });
  each([&] { return backend_.queues.prune_gaps(kMainQueue, kept.place, kBatch); });
  for (const auto ended_as : {ReservationStatus::expired, ReservationStatus::released}) {
    each([&] {
      return run_transaction(backend_.db, [&] {
        return backend_.reservations.prune(ended_as, kept.reservations_ended, kReservationBatch);
      });
    });
  }
  return gone;
}

}  // namespace concert
