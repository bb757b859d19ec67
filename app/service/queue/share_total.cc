#include "service/queue/share_total.h"

#include "domain/queue_shares.h"
#include "store/session/transaction.h"

namespace concert {

void ShareTotal::run() {
  if (!divide(queues_.read_all(), false)) return;
  run_transaction(db_, [&] { divide(queues_.lock_all(), true); });
}

bool ShareTotal::divide(const Queues& queues, bool are_locked) {
  std::vector<QueueDemand> demands;
  for (const auto& [queue, row] : queues) {
    const LimitsInForce limits = row.set.in_force(settings_.queue_limits());
    demands.push_back({limits.active_limit, row.active_count, row.waiting_count});
  }
  const std::int64_t total = settings_.total_active_limit;
  const auto shares = queue_shares(demands, total);
  bool changes = false;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto& [queue, row] = queues[i];
    const auto share = total == 0 ? std::nullopt : std::optional(shares[i]);
    if (share == row.active_share) continue;
    changes = true;
    if (are_locked) queues_.set_share(queue, share);
  }
  return changes;
}

}  // namespace concert
