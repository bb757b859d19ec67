#pragma once

#include "base/metrics.h"
#include "cache/cache.h"
#include "cache/dates_cache.h"
#include "cache/queue_cache.h"
#include "domain/token.h"
#include "report/counters.h"
#include "service/upkeep/installation_watch.h"
#include "settings/settings.h"
#include "store/admin/admin_action_store.h"
#include "store/points/account_store.h"
#include "store/points/idempotency_store.h"
#include "store/queue/queue_store.h"
#include "store/queue/token_store.h"
#include "store/sale/concert_store.h"
#include "store/sale/reservation_store.h"
#include "store/sale/sale_store.h"
#include "store/sale/seat_store.h"
#include "store/session/session.h"
#include "store/upkeep/installation_store.h"
#include "store/upkeep/upkeep_store.h"

namespace concert {

// What the use cases work with: one database session, one memcached client, the settings. A process
// has one, made after its fork. `counters` may be null.
struct Backend {
  Backend(const Settings& given, Metrics* counters, int database_patience_s = Session::kPatience_s,
          std::int64_t cache_timeout_ms = kCacheTimeout_ms)
      : settings(given),
        metrics(counters),
        db(given.database, counters, given.slow_query_ms, database_patience_s),
        cache(given.memcached_servers, Seal(given.token_key, given.accepted_token_key), counters,
              cache_timeout_ms),
        life(given.active_seconds) {}

  // Counts what a committed transaction did.
  void count(Counted what, std::int64_t by) const {
    if (metrics != nullptr) metrics->add_to_cell(what, static_cast<std::uint64_t>(by));
  }

  const Settings& settings;
  Metrics* metrics;
  Session db;
  Cache cache;
  TokenLife life;

  UserStore users{db};
  LedgerStore ledger{db};
  TokenStore tokens{db, life};
  QueueStore queues{db};
  ConcertStore concerts{db};
  SeatStore seats{db};
  ReservationStore reservations{db};
  PaymentStore payments{db};
  IdempotencyStore idempotency{db};
  AdminActionStore admin_actions{db};
  SaleStore sales{db};
  UpkeepStore upkeep{db};
  InstallationStore installation{db};
  QueueCache queue_cache{cache};
  DatesCache dates_cache{cache};
  InstallationWatch installation_watch{db, cache};
};

}  // namespace concert
