#include "service/audit.h"

namespace concert {

std::vector<Breach> audit(Backend& backend) {
  AuditStore store(backend.db);
  store.begin_snapshot();
  std::vector<Breach> breaches = store.breaches();
  for (auto& breach : store.queue_breaches(backend.settings.active_limit))
    breaches.push_back(std::move(breach));
  store.end_snapshot();
  return breaches;
}

}  // namespace concert
