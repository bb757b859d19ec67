#pragma once

#include <optional>
#include <string>

#include "cache/cache.h"
#include "cache/queue_cache.h"
#include "domain/ids.h"
#include "domain/instant.h"

namespace concert {

// The dates of a concert as the text of the answer.
struct CachedDates {
  std::string text;
  Instant read_at;        // when the database said so
  Instant good_until;     // when it is no longer true, because a listed date begins
  std::string catalogue;  // the state of the catalogue, as ConcertStore::newest() has it
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
    std::uint64_t version = 0;  // of whatever is there, to take the lease over it; 0: nothing
  };
  // A lease older than its life does not count, also if another client renews it.
  Found find(ConcertId concert, const TokenIssue& token, Instant now);

  // The keys that find() reads.
  static std::vector<std::string> find_keys(ConcertId concert, TokenId token);

  // The same once more, for who waits until somebody else has filled it.
  Found look_again(ConcertId concert, const TokenIssue& token, Instant now);

  // Takes the lease to fill, over what find() found with `version`. Nothing if somebody else has
  // it, or memcached is away.
  std::optional<Cache::Entry> lease(ConcertId concert, Instant now, std::uint64_t version = 0);

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
