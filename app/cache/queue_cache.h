#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cache/cache.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/queue_state.h"
#include "domain/token.h"
#include "domain/vacancies.h"

namespace concert {

// What memcached has of one issue of a token.
struct CachedToken {
  enum class State { active, ended };
  State state = State::ended;
  Instant issued_at;
  Instant written_end;   // of an active token: the end that the database holds
  Instant noted_at;      // of an active token: the database's time of the note
  Instant counted_from;  // of an active token: from when on its life counts
  // Of an active token in whose queue somebody waits: when its visit is over.
  std::optional<Instant> visit_end{};

  // Whether it may be believed to be active at `now`; if not, the database decides. memcached's own
  // expiry is not enough: a note that reached it while it hung is stored when it goes on. A note of
  // the future is not believed either.
  bool is_believed(Instant now) const;
};

// A token that polls, as its text names it.
struct PolledToken {
  QueueId queue;
  TokenIssue token;
  std::optional<std::int64_t> place;  // nothing: it was active at once
};

// What memcached has that answers a poll, all from one round trip.
struct CachedPoll {
  std::optional<CachedToken> token;
  PublishedQueue queue;
};

// A queue in memcached: notes of its tokens' states, its published state, and its vacancies by
// block. All of it is best effort: a value that is lost or not believed costs a look at the
// database, and a value that memcached does not take is not kept.
class QueueCache {
 public:
  explicit QueueCache(Cache& cache) : cache_(cache) {}

  // The key of a token's note, for a caller that fetches more in the same round trip; and what an
  // entry under that key says of this issue, nothing if it speaks of another.
  static std::string token_key(TokenId id);
  static std::optional<CachedToken> read_token(const Cache::Entries& entries,
                                               const TokenIssue& token);

  // What is noted of this issue.
  std::optional<CachedToken> token(const TokenIssue& token);

  CachedPoll poll(const PolledToken& token);
  // The same, without what was prefetched.
  CachedPoll poll_again(const PolledToken& token);
  // The keys that poll() reads.
  std::vector<std::string> poll_keys(const PolledToken& token) const;

  // Notes that a token is active, for at most 5 s; never over the note of its end, which may be
  // younger than what the caller knows. With `fresh` only if nothing is noted of this issue.
  void note_active(const Token& token, Instant now, bool fresh);

  // Notes that a token has ended. The note of a wait is kept for the `left_ms` that the wait could
  // still have lasted; that of an active token until every older note has lapsed.
  void note_ended(const TokenIssue& token, std::int64_t left_ms = 0);

  // Takes back a note that this issue has ended, if `lives` finds at this moment that it has not: a
  // database that took over may have lost the end. An end that is noted meanwhile stays.
  void withdraw_end(const TokenIssue& token, const std::function<bool()>& lives);

  // Notes that the waits at these places ended without admission, at `ended`.
  void note_vacancies(QueueId queue, const std::vector<std::int64_t>& places, Instant ended);

  // Keeps what the database has of a superblock or a block, under the state's lineage; never over a
  // younger entry, unless that is of the future.
  void keep_superblock(const QueueState& state, std::int64_t superblock,
                       const SuperblockCounts& counts);
  void keep_block(const QueueState& state, std::int64_t block, const BlockPlaces& places,
                  Instant at);

  // Whether the caller is to read `what`, which others need too, from the database for all: true
  // for one caller in about a second. False for all where memcached is away or keeps nothing.
  bool takes_turn(const std::string& what);

  // Whether a state of the moment `at` may be believed at `now`. A state that no pass renews is
  // stale after 5 s, so that an admitted user learns of the admission from the database. A state of
  // the future is not believed, but for what two clocks may differ by.
  static bool is_fresh(Instant at, Instant now);

  // The published state, null where none can be read, and the version to publish over; 0 where
  // nothing is published.
  struct Published {
    std::shared_ptr<const QueueState> state;
    Instant at;
    std::uint64_t version = 0;
  };
  Published published(QueueId queue);

  // Whether there is a memcached for the queue's state, and the last call reached it.
  bool reachable(QueueId queue) const;

  // Publishes `state`, of the moment `at`, over what published() returned. False if another process
  // published since, or memcached is away.
  bool publish(QueueId queue, const QueueState& state, Instant at, const Published& over);

 private:
  // The state that was read last of a queue: all calls until the next pass read the same.
  struct Known {
    std::string text;
    std::shared_ptr<const QueueState> state;
    Instant at;
    std::int64_t lineage =
        0;  // of the state that was read or published last: the next poll's guess
  };
  Known& read_state(QueueId queue, const std::string& text);
  std::int64_t lineage_of(QueueId queue) const;
  static void read_vacancies(const Cache::Entries& entries, std::int64_t place,
                             PublishedQueue& queue);
  void keep(const std::string& key, const std::string& bytes, const Cache::Entries& over);

  Cache& cache_;
  std::map<QueueId, Known> known_;
};

}  // namespace concert
