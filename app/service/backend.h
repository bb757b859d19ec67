#pragma once

#include "cache/cache.h"
#include "cache/queue_cache.h"
#include "service/upkeep/installation_watch.h"
#include "settings/settings.h"
#include "store/session/session.h"

namespace concert {

// What a process holds open: one database session and one memcached client. It is made after the
// fork, never before. `counters` may be null.
//
// It is for composition: concertd's App, concert-cron and the commands of concertctl. A use case
// takes by reference what it uses, in the order session, cache, guard, settings, metrics (more than
// four of them as a struct With), and makes its own stores, which are cheap views of the session.
struct Backend {
  Backend(const Settings& given, Metrics* counters, int database_timeout_s = Session::kTimeout_s,
          std::int64_t cache_timeout_ms = kCacheTimeout_ms)
      : settings(given),
        db(given.database, counters, given.slow_query_ms, database_timeout_s),
        cache(given.memcached_servers, Seal(given.token_key, given.accepted_token_key), counters,
              cache_timeout_ms) {}

  const Settings& settings;
  Session db;
  Cache cache;
  QueueCache queue_cache{cache};
  InstallationWatch installation_watch{db, cache};
};

}  // namespace concert
