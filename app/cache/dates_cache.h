#pragma once

#include <optional>
#include <string>

#include "cache/cache.h"
#include "cache/queue_cache.h"
#include "domain/ids.h"
#include "domain/instant.h"

namespace concert {

// The dates of a concert, as the text of an answer.
struct CachedDates {
  std::string text;
  Instant read_at;        // when the database was read
  Instant good_until;     // when the sale of a listed date begins or ends next
  std::string catalogue;  // the state of the catalogue, as ConcertStore::newest() has it
  // The concert's. A release that knew no other says the main one of every list.
  QueueId queue = kMainQueue;
};

// Cache-aside for the dates of concerts. Of many callers that miss at once, one gets the lease to
// fill the key. The lease is the value of the key, and invalidate() removes it, so fill() never
// stores a list that was read before the invalidation.
class DatesCache {
 public:
  explicit DatesCache(Cache& cache) : cache_(cache) {}

  struct Found {
    std::optional<CachedDates> dates;  // nothing on a miss
    std::optional<CachedToken> token;  // the caller's, from the same round trip
    bool being_filled = false;         // a miss for which another caller has the lease
    std::uint64_t version = 0;         // of the entry that lease() replaces; 0: there is none
  };
  // A lease older than its life does not count, even if another client of memcached renews it.
  Found find(ConcertId concert, const TokenIssue& token, Instant now);

  // The keys that find() reads.
  static std::vector<std::string> find_keys(ConcertId concert, TokenId token);

  // The same once more, for a caller that waits until another one has filled the key.
  Found look_again(ConcertId concert, const TokenIssue& token, Instant now);

  // Takes the lease to fill the key, in place of the entry of the `version` that find() returned.
  // Nothing if another caller has the lease, or memcached does not answer.
  std::optional<Cache::Entry> lease(ConcertId concert, Instant now, std::uint64_t version = 0);

  // Stores the dates for `life_s`; does nothing if the lease was lost or the key invalidated. Gives
  // the lease back if the list is too long for memcached, so that nobody waits for it.
  void fill(ConcertId concert, const Cache::Entry& lease, const CachedDates& dates,
            std::int64_t life_s);

  // Gives a lease back unused.
  void abandon(ConcertId concert);

  // Forgets the dates of a concert and any lease on them. False if memcached does not answer.
  bool invalidate(ConcertId concert);

  // Whether there is a memcached for the dates of a concert and the last call reached it; and its
  // address.
  bool reachable(ConcertId concert) const;
  std::string place(ConcertId concert) const;

 private:
  Cache& cache_;
};

}  // namespace concert
