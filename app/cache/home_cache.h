#pragma once

#include <string>
#include <vector>

#include "cache/cache.h"
#include "domain/instant.h"

namespace concert {

// A database whose programs use this installation's id in memcached.
struct Home {
  std::string place;    // as DatabaseIdentity has it
  std::string cluster;  // likewise
  Instant seen_at;      // when one of its programs last said so
};

// Which databases' programs have lately used this installation's id: more than one is a copy that
// was not given an id of its own.
class HomeCache {
 public:
  explicit HomeCache(Cache& cache) : cache_(cache) {}

  static constexpr std::int64_t kNoteEvery_ms = 10'000;
  static constexpr std::int64_t kLately_ms = 60'000;

  // Those of the last minute before `now`.
  std::vector<Home> lately(Instant now);

  // Adds `home`, or notes that it was seen again. Best effort.
  void note(const Home& home);

 private:
  Cache& cache_;
};

}  // namespace concert
