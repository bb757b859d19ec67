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

// A statement of a migration whose table somebody has open is tried again for `total` after it
// first failed, each time after a `pause`, in which those who queued behind it go on. A migration
// that is under way through another node of a cluster is waited for as long.
struct MigrationPatience {
  std::chrono::milliseconds total{60'000};
  std::chrono::milliseconds pause{2000};
};

// The schema and the migrations that make it. They are built into the program.
class Schema {
 public:
  explicit Schema(Session& session, MigrationPatience patience = {})
      : session_(session), patience_(patience) {}

  // The version that this program was built for.
  static int wanted_version();

  // The version of the database; 0 where nothing was ever applied.
  int version();

  // Applies what is missing, one host at a time, and returns what it applied. On a cluster one host
  // at a time whatever nodes they work through; each that is refused throws LeaseTaken. It waits
  // for a table, and has others wait behind it, for a second at a time. Throws SchemaTooNew, and
  // does nothing, if the database is newer than this program; TableInUse once the patience ends.
  // One that was stopped half way goes on where it stopped.
  std::vector<Migration> migrate();

 private:
  void require_not_newer();

  Session& session_;
  MigrationPatience patience_;
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
