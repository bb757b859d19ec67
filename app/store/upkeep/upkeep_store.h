#pragma once

#include "domain/ids.h"
#include "domain/instant.h"
#include "store/session/session.h"

namespace concert {

// From when on each kind of row is kept.
struct KeptSince {
  Instant tokens_ended;
  Instant admissions;
  Instant reservations_ended;
  std::int64_t place = 0;  // the last one that was admitted
};

// What a maintenance pass has to do.
struct Due {
  bool active_tokens = false;   // to expire
  bool waiting_tokens = false;  // to expire
  bool holds = false;           // to expire
  bool old_rows = false;        // to delete
};

class UpkeepStore {
 public:
  explicit UpkeepStore(Session& session) : session_(session) {}

  // Reads without a lock; each step looks again under its own lock.
  Due due(QueueId queue, const KeptSince& kept);

 private:
  Session& session_;
};

}  // namespace concert
