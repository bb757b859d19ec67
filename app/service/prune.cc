#include "service/prune.h"

namespace concert {

std::uint64_t Prune::batch() {
  constexpr std::int64_t kHour_ms = 3600LL * 1000;
  const QueueRow row = backend_.queues.read(kMainQueue);
  std::uint64_t gone = backend_.idempotency.prune(kBatch);
  // Places of the block that is being admitted still count as gaps of the line.
  const std::int64_t kept_from = block_of(row.admitted_seq) << kBlockBits;
  gone += backend_.tokens.prune(row.now + -48 * kHour_ms, kept_from, kBatch);
  gone += backend_.queues.prune_admissions(row.now + -kHour_ms, kBatch);
  gone += backend_.queues.prune_gaps(kMainQueue, row.admitted_seq, kBatch);
  return gone;
}

}  // namespace concert
