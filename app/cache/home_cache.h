#pragma once

#include <string>
#include <vector>

#include "cache/cache.h"
#include "domain/instant.h"

namespace concert {

// A database whose programs use this installation's id in memcached.
struct Home {
  std::string place;    // its address, as DatabaseIdentity has it
  std::string cluster;  // likewise
  Instant seen_at;      // when one of its programs last noted it
};

// The databases whose programs used this installation's id within the last minute. More than one
// means that a copy was made and not given an id of its own.
class HomeCache {
 public:
  explicit HomeCache(Cache& cache) : cache_(cache) {}

  static constexpr std::int64_t kNoteEvery_ms = 10'000;
  static constexpr std::int64_t kLately_ms = 60'000;

  // Those noted within the minute before `now`.
  std::vector<Home> lately(Instant now);

  // Adds `home`, or notes that it was seen again. Best effort.
  void note(const Home& home);

 private:
  Cache& cache_;
};

}  // namespace concert
