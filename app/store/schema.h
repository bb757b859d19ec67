#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "store/session.h"

namespace concert {

struct Migration {
  int version = 0;
  std::string name;
};

// The schema and the migrations that make it. They are built into the program.
class Schema {
 public:
  explicit Schema(Session& session) : session_(session) {}

  // The version that this program was built for.
  static int wanted_version();

  // The version of the database; 0 where nothing was ever applied.
  int version();

  // Applies what is missing, one host at a time, and returns what it applied. Throws SchemaTooNew,
  // and does nothing, if the database is newer than this program. One that was killed half way goes
  // on where it stopped.
  std::vector<Migration> migrate();

 private:
  void require_not_newer();

  Session& session_;
};

class SchemaTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace concert
