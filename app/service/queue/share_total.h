#pragma once

#include "settings/settings.h"
#include "store/queue/queue_store.h"

namespace concert {

// Divides total_active_limit among the queues, as domain/queue_shares.h says. Each queue's row has
// its share, so that joins and admissions of different queues need not wait for each other.
class ShareTotal {
 public:
  ShareTotal(Session& db, const Settings& settings) : db_(db), settings_(settings), queues_(db) {}

  // Takes locks only if a share changes. Without a total no queue has a share.
  void run();

 private:
  // The queues whose share must change, each with its new share. `queues` are all queues.
  std::vector<std::pair<QueueId, std::optional<std::int64_t>>> changed_shares(
      const std::vector<std::pair<QueueId, QueueRow>>& queues) const;

  Session& db_;
  const Settings& settings_;
  QueueStore queues_;
};

}  // namespace concert
