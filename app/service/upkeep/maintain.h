#pragma once

#include <chrono>
#include <vector>

#include "report/cron_report.h"
#include "service/queue/admit_waiting.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/open_queue.h"
#include "service/queue/publish_queue.h"
#include "service/queue/share_total.h"
#include "store/upkeep/upkeep_store.h"

namespace concert {

// Deletes rows whose time of keeping (domain/retention.h) has passed: idempotency keys, tokens that
// ended, tokens for records, admissions, counts of the part of the queue that was admitted, and
// reservations that ended without a payment, these after `keep_reservations_days`.
class Prune {
 public:
  Prune(Session& db, const Settings& settings) : db_(db), settings_(settings) {}

  // From when on each kind of row is kept.
  struct Kept {
    QueueId queue;
    KeptSince since;
  };
  Kept kept(QueueId queue, const QueueRow& row) const;

  // Deletes one small batch of each kind after the other until nothing is left to delete, or until
  // `longest` has passed: then the next pass continues. Locked rows are left for the next pass too.
  // `queues` are all queues. Returns how many rows were deleted.
  std::uint64_t run(const std::vector<Kept>& queues, std::chrono::milliseconds longest = kLongest);

  // So that a pass ends before the next second's begins.
  static constexpr std::chrono::milliseconds kLongest{400};
  static constexpr std::int64_t kBatch = 500;
  static constexpr std::int64_t kReservationBatch = 256;  // each with the rows of its seats

 private:
  Session& db_;
  const Settings& settings_;
};

// One maintenance pass over all queues. It costs what there is to do; with nothing to do it takes
// no lock.
class Maintain {
 public:
  Maintain(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        share_total_(db, settings),
        open_(db, settings),
        expire_tokens_(db, cache, settings),
        admit_(db, cache, settings),
        publish_(db, cache, settings),
        prune_(db, settings) {}

  // `prune_longest`: see Prune::run(); the time that the pass took before is taken off it.
  PassResult run(std::chrono::milliseconds prune_longest = Prune::kLongest);

 private:
  void expire(QueueId queue, const Due& due, PassResult& did);
  void admit(QueueId queue, PassResult& did);

  Session& db_;
  ShareTotal share_total_;
  OpenQueue open_;
  ExpireTokens expire_tokens_;
  AdmitWaiting admit_;
  PublishQueue publish_;
  Prune prune_;
};

}  // namespace concert
