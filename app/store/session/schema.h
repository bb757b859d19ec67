#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/session/errors.h"
#include "store/session/session.h"

namespace concert {

struct Migration {
  int version = 0;
  std::string name;
};

// A statement of a migration whose table another session has open is retried for `total` after its
// first failure, each time after a `pause` in which the requests that queue behind it go on. A
// migration that runs through another node of a cluster is waited for as long.
struct MigrationTimeouts {
  std::chrono::milliseconds total{60'000};
  std::chrono::milliseconds pause{2000};
};

// The schema and the migrations that make it. They are built into the program.
class Schema {
 public:
  explicit Schema(Session& session, MigrationTimeouts timeouts = {})
      : session_(session), timeouts_(timeouts) {}

  // The version that this program was built for.
  static int wanted_version();

  // The version of the database; 0 where nothing was ever applied.
  int version();

  // Applies what is missing, one host at a time, and returns what it applied. On a cluster one host
  // at a time whatever nodes they work through; each that is refused throws LeaseTaken. It waits
  // for a table, and has others wait behind it, for a second at a time. Throws SchemaTooNew, and
  // does nothing, if the database is newer than this program; TableInUse once `timeouts.total` is
  // over. One that was stopped half way continues where it stopped.
  std::vector<Migration> migrate();

 private:
  void require_not_newer();

  Session& session_;
  MigrationTimeouts timeouts_;
};

// A statement of a migration did not get its table, and changed nothing.
class TableInUse : public Busy {
 public:
  using Busy::Busy;
};

class SchemaTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace concert
