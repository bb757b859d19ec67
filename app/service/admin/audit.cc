#include "service/admin/audit.h"

#include "store/session/transaction.h"

namespace concert {

std::vector<Breach> audit(Backend& backend) {
  const Snapshot snapshot(backend.db);
  AuditStore store(backend.db);
  std::vector<Breach> breaches = store.breaches();
  for (auto& breach : store.queue_breaches(backend.settings.active_limit))
    breaches.push_back(std::move(breach));
  return breaches;
}

}  // namespace concert
