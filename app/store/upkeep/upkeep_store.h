#pragma once

#include "domain/ids.h"
#include "domain/instant.h"
#include "store/session/session.h"

namespace concert {

// From when on things are kept.
struct KeptSince {
  Instant tokens_ended;
  Instant admissions;
  Instant reservations_ended;
  std::int64_t place = 0;  // in the line: where the admission has come to
};

// What a maintenance pass would find to do.
struct Due {
  bool active_tokens = false;   // to expire
  bool waiting_tokens = false;  // to expire
  bool holds = false;           // to expire
  bool old_rows = false;        // to delete
};

class UpkeepStore {
 public:
  explicit UpkeepStore(Session& session) : session_(session) {}

  // A glance that takes no lock: what does the work looks again under its own.
  Due due(QueueId queue, const KeptSince& kept);

 private:
  Session& session_;
};

}  // namespace concert
