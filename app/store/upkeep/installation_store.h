#pragma once

#include <optional>
#include <string>

#include "store/session/session.h"

namespace concert {

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
