#pragma once

#include <string>

#include "base/steady_clock.h"
#include "cache/cache.h"
#include "cache/home_cache.h"
#include "store/session/session.h"

namespace concert {

// Gives a process's cache the installation's id: when a connection to the database is made, and
// again about once a second, so that a renewed id needs no restart. While the id is not known (the
// database is away, or its schema is older than the program) nothing is cached.
class InstallationWatch {
 public:
  InstallationWatch(Session& db, Cache& cache);
  InstallationWatch(const InstallationWatch&) = delete;
  InstallationWatch& operator=(const InstallationWatch&) = delete;

  // Reads the id again if LookTimer says so. Where the database does not answer, or the table is
  // locked, the last known id stays in force, which is logged once; without a connection the
  // database is not asked. It may wait for the database.
  void look_if_due();

 private:
  void look();
  void use_id_of_database();
  void warn_of_known_id(const std::string& reason);
  void warn_once(const std::string& text);
  void note_home();

  Session& db_;
  Cache& cache_;
  HomeCache homes_{cache_};
  LookTimer look_timer_;
  std::int64_t noted_ms_ = 0;  // 0: never
  bool has_looked_ = false;
  bool has_warned_ = false;
};

}  // namespace concert
