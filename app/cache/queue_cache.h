#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cache/cache.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/line.h"
#include "domain/token.h"
#include "domain/vacancies.h"

namespace concert {

// What memcached knows of one issue of a token.
struct CachedToken {
  enum class State { active, ended };
  State state = State::ended;
  Instant issued_at;
  Instant written_end;  // the end that the database holds, of an active token
  Instant noted_at;     // when the database said so

  // Whether it may be believed to be active at `now`; if not, the database decides. memcached's own
  // expiry is not enough: what reached it while it hung is stored when it goes on. Nor is anything
  // believed that was noted in the future.
  bool is_believed(Instant now) const;
};

// What memcached knows that concerns one who polls: all in one round trip.
struct CachedPlace {
  std::optional<CachedToken> token;
  std::shared_ptr<const LineState> line;
  Instant line_at;  // when the database was as the line says
  // Of the place's block of blocks and of its block, under the line's lineage.
  std::optional<SuperblockCounts> superblock;
  std::optional<BlockPlaces> block;
};

// A waiting token, as a poll knows it by its text.
struct WaitingPlace {
  QueueId queue = kMainQueue;
  TokenIssue token;
  std::int64_t seq = 0;
};

// The cached side of the line: tokens' states, the line itself as the cron publishes it, and the
// places whose wait ended without admission.
class QueueCache {
 public:
  explicit QueueCache(Cache& cache) : cache_(cache) {}

  // The key under which a token's state is cached, for a caller that fetches more in the same
  // round trip, and what an entry under it says of this issue; nothing if it speaks of another.
  static std::string token_key(TokenId id);
  static std::optional<CachedToken> read_token(const Cache::Entries& entries,
                                               const TokenIssue& token);

  CachedPlace place(const WaitingPlace& waiting);
  // The same, whatever was fetched ahead.
  CachedPlace look_again(const WaitingPlace& waiting);

  // The keys that place() reads.
  std::vector<std::string> place_keys(const WaitingPlace& waiting) const;

  // Notes an active token, for at most 5 s; never over the note of its end, which may be younger
  // than what the caller knows. With `fresh` only if nothing is noted of this issue.
  void note_active(const Token& token, Instant now, bool fresh);

  // Notes that a token has ended. A waiting one's note is kept as long as its text could be
  // believed; an active one's only until every older note has lapsed.
  void note_ended(const TokenIssue& token, Instant now, std::optional<Instant> waited_until);

  // Takes back a note that this issue has ended, if `lives` says by a look of just now that it has
  // not: a database that took over may have lost the end. An end that is noted meanwhile stays.
  void withdraw_end(const TokenIssue& token, const std::function<bool()>& lives);

  // Notes that the wait at these places ended without admission, at `ended`.
  void note_gaps(QueueId queue, const std::vector<std::int64_t>& places, Instant ended);

  // What a queue's lineage has of a block of blocks or of a block, written as the database has it;
  // never over what is younger, unless that is of the future.
  void keep_superblock(const LineState& line, std::int64_t superblock,
                       const SuperblockCounts& counts);
  void keep_block(const LineState& line, std::int64_t block, const BlockPlaces& places, Instant at);

  // Whether the caller is to read from the database what others need too, `what`: true for one
  // caller in about a second. Where memcached is away, or keeps nothing, for none.
  bool takes_turn(const std::string& what);

  // Whether a line of the moment `at` may be believed at `now`. One that no pass renews is stale
  // after 5 s, so that an admitted user learns of the admission from the database.
  // Nothing of the future is believed, but for what two clocks may differ by.
  static bool is_fresh(Instant at, Instant now);

  // The line and the version to publish over; the version is 0 where nothing is published.
  struct Published {
    std::optional<LineState> line;
    Instant at;
    std::uint64_t version = 0;
  };
  Published published(QueueId queue);

  // Whether there is a memcached for the line, and the last call reached it.
  bool reachable(QueueId queue) const;

  // Publishes `line`, of the moment `at`, over what `published()` gave, unless somebody was faster.
  // Returns whether it did.
  bool publish(QueueId queue, const LineState& line, Instant at, const Published& over);

 private:
  void read_line(const std::string& text);
  void read_vacancies(const Cache::Entries& entries, std::int64_t seq, CachedPlace& place) const;
  void keep(const std::string& key, const std::string& bytes, const Cache::Entries& over);

  Cache& cache_;
  // The line that was read last: everybody who polls reads the same until the next pass.
  std::string line_text_;
  std::shared_ptr<const LineState> line_;
  Instant line_at_;
  std::int64_t lineage_ = 0;  // that line's
};

}  // namespace concert
