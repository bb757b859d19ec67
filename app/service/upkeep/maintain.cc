#include "service/upkeep/maintain.h"

#include <functional>
#include <utility>
#include <vector>

#include "domain/retention.h"
#include "service/sale/reservations.h"
#include "store/points/idempotency_store.h"
#include "store/queue/token_store.h"
#include "store/sale/bulk_reservation_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

using Clock = std::chrono::steady_clock;

// Runs full batches until one is not full, but not without end: the next pass continues.
template <class Batch>
std::size_t drain(std::size_t full, Batch batch) {
  constexpr int kMostBatches = 100;
  std::size_t total = 0;
  for (int i = 0; i < kMostBatches; ++i) {
    const std::size_t done = batch();
    total += done;
    if (done < full) break;
  }
  return total;
}

// A kind of row, and how one batch of it is deleted. `delete_batch` returns how many rows went.
struct Kind {
  std::int64_t full_batch = 0;
  std::function<std::uint64_t()> delete_batch;
};

// Adds the rows of one batch to `gone`. Returns whether there may be more to delete now.
bool delete_one_batch(const Kind& kind, std::uint64_t& gone) {
  try {
    const std::uint64_t rows = kind.delete_batch();
    gone += rows;
    return rows >= static_cast<std::uint64_t>(kind.full_batch);
  } catch (const Busy&) {
    // Another host's pass deletes the same rows, or another session has locked them: the
    // next pass deletes them.
    return false;
  }
}

Kind reservations_ended(Session& db, ReservationState as, Instant before) {
  return {Prune::kReservationBatch, [&db, as, before] {
            return run_transaction(db, [&] {
              return BulkReservationStore(db).prune(as, before, Prune::kReservationBatch);
            });
          }};
}

}  // namespace

Prune::Kept Prune::kept(QueueId queue, const QueueRow& row) const {
  return {queue,
          {row.now + -hours_to_ms(kTokensKept_h), row.now + -hours_to_ms(kAdmissionsKept_h),
           row.now + -hours_to_ms(24 * settings_.keep_reservations_days), row.admitted_place,
           row.opening && row.admitted_place < row.opening->entries.value_or(row.last_place)}};
}

std::uint64_t Prune::run(const std::vector<Kept>& all, std::chrono::milliseconds longest) {
  const auto end = Clock::now() + longest;
  IdempotencyStore idempotency(db_);
  TokenStore tokens(db_, settings_.token_life());
  RecordsTokenStore records_tokens(db_);
  QueueStore queues(db_);
  const KeptSince& kept = all.front().since;  // but for the places the same in all
  std::vector<Kind> left{
      {kBatch, [&] { return idempotency.prune(kBatch); }},
      {kBatch, [&] { return records_tokens.prune(kBatch); }},
      {kBatch, [&] { return queues.prune_admissions(kept.admissions, kBatch); }},
      reservations_ended(db_, ReservationState::expired, kept.reservations_ended),
      reservations_ended(db_, ReservationState::released, kept.reservations_ended),
  };
  for (const auto& [queue, since] : all) {
    left.push_back({kBatch, [&tokens, queue = queue, since = since] {
                      return tokens.prune(queue, since.tokens_ended, since.first_kept_seq(),
                                          kBatch);
                    }});
    left.push_back({kBatch, [this, queue = queue, since = since] {
                      return VacancyStore(db_).prune(queue, since.place, kBatch);
                    }});
  }
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

// All that frees places comes before they are shared out, and the queues' states, for all to see,
// last.
PassResult Maintain::run(std::chrono::milliseconds prune_longest) {
  const auto begun = Clock::now();
  PassResult did;
  Due due;
  std::vector<Prune::Kept> kept;
  for (const auto& [queue, row] : QueueStore(db_).read_all()) {
    kept.push_back(prune_.kept(queue, row));
    const Due of_queue = UpkeepStore(db_).due(queue, kept.back().since);
    expire(queue, of_queue, did);
    open_.run(queue, row);
    due.holds = due.holds || of_queue.holds;
    due.old_rows = due.old_rows || of_queue.old_rows;
  }
  share_total_.run();
  for (const auto& [queue, since] : kept) admit(queue, did);
  if (due.holds) did.holds_expired = drain(kExpiryBatch, [&] { return expire_holds(db_); });
  if (due.old_rows) {
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    did.pruned = prune_.run(kept, prune_longest - taken);
  }
  return did;
}

void Maintain::expire(QueueId queue, const Due& due, PassResult& did) {
  if (due.active_tokens) {
    did.active_expired +=
        drain(ExpireTokens::kBatch, [&] { return expire_tokens_.lapsed_active(queue); });
  }
  if (due.waiting_tokens) {
    did.waiting_expired +=
        drain(ExpireTokens::kBatch, [&] { return expire_tokens_.lapsed_waiting(queue); });
  }
}

void Maintain::admit(QueueId queue, PassResult& did) {
  const AdmitWaiting::Result admission = admit_.run(queue);
  did.admitted += admission.admitted;
  did.waiting_expired += admission.waiting_expired;
  publish_.run(queue);
}

}  // namespace concert
