#pragma once

#include <optional>
#include <string>

#include "cache/cache.h"
#include "cache/queue_cache.h"
#include "domain/ids.h"
#include "domain/instant.h"

namespace concert {

// The dates of a concert as the text of the answer, with the instant from which it is no longer
// true because a listed date begins.
struct CachedDates {
  std::string text;
  Instant good_until;
};

// Cache-aside for dates. Of many who miss at once one is given the lease to fill; the lease is the
// key itself, so a list read before a date was added can never be stored after.
class DatesCache {
 public:
  explicit DatesCache(Cache& cache) : cache_(cache) {}

  struct Found {
    std::optional<CachedDates> dates;  // nothing on a miss
    std::optional<CachedToken> token;  // learnt in the same round trip
    bool being_filled = false;         // a miss that somebody else holds the lease for
  };
  Found find(ConcertId concert, TokenId token);

  // The keys that find() reads.
  static std::vector<std::string> find_keys(ConcertId concert, TokenId token);

  // The same once more, for who waits until somebody else has filled it.
  Found look_again(ConcertId concert, TokenId token);

  // Takes the lease to fill. Nothing if somebody else has it, or memcached is away.
  std::optional<Cache::Entry> lease(ConcertId concert);

  // Stores under a lease, for `life_s`; does nothing if the lease was lost or the key invalidated.
  void fill(ConcertId concert, const Cache::Entry& lease, const CachedDates& dates,
            std::int64_t life_s);

  // Gives a lease back unused.
  void abandon(ConcertId concert);

  // Forgets the dates of a concert, and any lease on them. False if memcached could not be told.
  bool invalidate(ConcertId concert);

  // Whether there is a memcached for the dates of a concert, and the last call reached it; where
  // it is.
  bool reachable(ConcertId concert) const;
  std::string place(ConcertId concert) const;

 private:
  Cache& cache_;
};

}  // namespace concert
