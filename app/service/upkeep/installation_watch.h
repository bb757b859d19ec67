#pragma once

#include <string>

#include "cache/cache.h"
#include "cache/home_cache.h"
#include "store/session/session.h"

namespace concert {

// Gives a process's cache the installation's id: when a connection to the database is made, and
// again within a second while requests come, so that a renewed id needs no restart. While the id
// is not known (the database is away, or its schema is older than the program) nothing is cached.
class InstallationWatch {
 public:
  InstallationWatch(Session& db, Cache& cache);
  InstallationWatch(const InstallationWatch&) = delete;
  InstallationWatch& operator=(const InstallationWatch&) = delete;

  // Reads the id again if the last look is a second old. A database that does not answer changes
  // nothing; without a connection the database is not asked.
  void look_if_due();

 private:
  void look();
  void warn_once(const std::string& reason);
  void note_home();

  Session& db_;
  Cache& cache_;
  HomeCache homes_{cache_};
  std::int64_t looked_ms_ = 0;
  std::int64_t noted_ms_ = 0;  // 0: never
  bool has_looked_ = false;
  bool has_warned_ = false;
};

}  // namespace concert
