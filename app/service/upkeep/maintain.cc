#include "service/upkeep/maintain.h"

namespace concert {
namespace {

// Runs full batches until one is not full, but not without end: the next pass goes on.
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

}  // namespace

PassResult Maintain::run() {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  PassResult report;
  const KeptSince kept = prune_.kept_since(backend_.queues.read(kMainQueue));
  const Due due = backend_.upkeep.due(kMainQueue, kept);
  // Places first, so that a pass can fill at once what it freed; then the line for all to see.
  if (due.active_tokens)
    report.active_expired = drain(ExpireTokens::kBatch, [&] { return tokens_.lapsed_active(); });
  if (due.waiting_tokens)
    report.waiting_expired = drain(ExpireTokens::kBatch, [&] { return tokens_.lapsed_waiting(); });
  const AdmitWaiting::Result admission = admit_.run();
  report.admitted = admission.admitted;
  report.waiting_expired += admission.waiting_expired;
  publish_.run();
  if (due.holds) report.holds_expired = drain(ExpireHolds::kBatch, [&] { return holds_.batch(); });
  if (due.old_rows) {
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    report.pruned = prune_.run(kept, prune_longest_ - taken);
  }
  return report;
}

}  // namespace concert
