#pragma once

#include <optional>
#include <string>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/queue_state.h"
#include "store/session/session.h"

namespace concert {

// From when on each kind of row is kept.
struct KeptSince {
  Instant tokens_ended;
  Instant admissions;
  Instant reservations_ended;
  std::int64_t place = 0;      // the last one that was admitted
  bool keeps_entries = false;  // some of those that were drawn still wait

  // Places of the block that is being admitted still count as vacancies of the queue, and so does
  // any entry while others wait.
  std::int64_t first_kept_seq() const {
    return keeps_entries ? 0 : members_of(block_of(place)).first;
  }
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

// What tells a database from other databases, copies of it included.
struct DatabaseIdentity {
  std::string place;  // its name, its server's name and port, and where that keeps its data
  std::string
      cluster;  // the same on all nodes of a Galera cluster or a replication group; or empty
};

// The random id that a migration gave this installation. A copy of the database has the same one
// until it is renewed.
class InstallationStore {
 public:
  explicit InstallationStore(Session& session) : session_(session) {}

  // 16 hexadecimal digits; nothing if the row was deleted.
  std::optional<std::string> id();

  // Gives the installation another id, and returns it.
  std::string renew();

  DatabaseIdentity identity();

 private:
  Session& session_;
};

}  // namespace concert
