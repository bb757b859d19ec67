#include "service/upkeep/prune.h"

#include <functional>
#include <vector>

#include "domain/retention.h"
#include "store/session/transaction.h"

namespace concert {

KeptSince Prune::kept_since(const QueueRow& row) const {
  return {row.now + -hours_to_ms(kTokensKept_h), row.now + -hours_to_ms(kAdmissionsKept_h),
          row.now + -hours_to_ms(24 * backend_.settings.keep_reservations_days), row.admitted_seq};
}

namespace {

struct Kind {
  std::int64_t full_batch = 0;
  std::function<std::uint64_t()> delete_batch;
};

// Deletes one batch and counts it in `gone`. Returns whether there may be more to delete now.
bool delete_one_batch(const Kind& kind, std::uint64_t& gone) {
  try {
    const std::uint64_t rows = kind.delete_batch();
    gone += rows;
    return rows >= static_cast<std::uint64_t>(kind.full_batch);
  } catch (const Busy&) {
    // Another host's pass deletes the same rows, or somebody locks them: there is no hurry.
    return false;
  }
}

std::vector<Kind> kinds(Backend& backend, const KeptSince& kept) {
  // Places of the block that is being admitted still count as gaps of the line.
  const std::int64_t place = block_of(kept.place) << kBlockBits;
  const auto reservations = [&backend, kept](ReservationState ended_as) -> Kind {
    return {Prune::kReservationBatch, [&backend, kept, ended_as] {
              return run_transaction(backend.db, [&] {
                return backend.reservations.prune(ended_as, kept.reservations_ended,
                                                  Prune::kReservationBatch);
              });
            }};
  };
  constexpr std::int64_t kBatch = Prune::kBatch;
  return {
      {kBatch, [&backend] { return backend.idempotency.prune(kBatch); }},
      {kBatch,
       [&backend, kept, place] { return backend.tokens.prune(kept.tokens_ended, place, kBatch); }},
      {kBatch,
       [&backend, kept] { return backend.queues.prune_admissions(kept.admissions, kBatch); }},
      {kBatch,
       [&backend, kept] { return backend.queues.prune_gaps(kMainQueue, kept.place, kBatch); }},
      reservations(ReservationState::expired),
      reservations(ReservationState::released),
  };
}

}  // namespace

std::uint64_t Prune::run(const KeptSince& kept, std::chrono::milliseconds longest) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + longest;
  std::vector<Kind> left = kinds(backend_, kept);
  std::uint64_t gone = 0;
  do {
    std::vector<Kind> full;
    for (const Kind& kind : left) {
      if (delete_one_batch(kind, gone)) full.push_back(kind);
    }
    left = std::move(full);
  } while (!left.empty() && Clock::now() < end);
  return gone;
}

}  // namespace concert
