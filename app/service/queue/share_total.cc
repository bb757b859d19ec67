#include "service/queue/share_total.h"

#include "domain/queue_shares.h"
#include "store/session/transaction.h"

namespace concert {

void ShareTotal::run() {
  if (changed_shares(queues_.read_all()).empty()) return;
  run_transaction(db_, [&] {
    for (const auto& [queue, share] : changed_shares(queues_.lock_all()))
      queues_.set_share(queue, share);
  });
}

std::vector<std::pair<QueueId, std::optional<std::int64_t>>> ShareTotal::changed_shares(
    const std::vector<std::pair<QueueId, QueueRow>>& queues) const {
  std::vector<QueueDemand> demands;
  for (const auto& [queue, row] : queues) {
    const LimitsInForce limits = row.set.in_force(settings_.queue_limits());
    demands.push_back({limits.active_limit, row.active_count, row.waiting()});
  }
  const std::int64_t total = settings_.total_active_limit;
  const auto shares = queue_shares(demands, total);
  std::vector<std::pair<QueueId, std::optional<std::int64_t>>> changed;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto& [queue, row] = queues[i];
    const auto share = total == 0 ? std::nullopt : std::optional(shares[i]);
    if (share != row.active_share) changed.emplace_back(queue, share);
  }
  return changed;
}

}  // namespace concert
