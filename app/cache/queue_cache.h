#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cache/cache.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/line.h"
#include "domain/token.h"

namespace concert {

// What memcached knows of a token.
struct CachedToken {
  enum class State { active, ended };
  State state = State::ended;
  Instant issued_at;
  Instant written_end;  // the end that the database holds, of an active token
  Instant noted_at;     // when the database said so

  // Whether the token that was issued at `issued` may be believed to be active at `now`; if not,
  // the database decides. memcached's own expiry is not enough: what reached it while it hung is
  // stored when it goes on.
  bool is_believed(Instant issued, Instant now) const;
};

// What memcached knows that concerns one who polls: all in one round trip.
struct CachedPlace {
  std::optional<CachedToken> token;
  std::shared_ptr<const LineState> line;
  Instant line_at;  // when the line was published
  // How many left from the token's own block before its place; nothing if memcached cannot tell.
  std::optional<std::int64_t> left_in_own_block;
};

// The cached side of the line: tokens' states, the line itself as the cron publishes it, and per
// block the places whose wait ended without admission.
class QueueCache {
 public:
  explicit QueueCache(Cache& cache) : cache_(cache) {}

  // The key under which a token's state is cached, for a caller that fetches more in the same
  // round trip, and what an entry under it says.
  static std::string token_key(TokenId id);
  static std::optional<CachedToken> read_token(const Cache::Entries& entries, TokenId id);

  CachedPlace place(QueueId queue, TokenId id, std::int64_t seq);

  // The keys that place() reads.
  static std::vector<std::string> place_keys(QueueId queue, TokenId id, std::int64_t seq);

  // Notes an active token, for at most 5 s; never over the note of its end, which may be younger
  // than what the caller knows. With `fresh` only if nothing is noted.
  void note_active(const Token& token, Instant now, bool fresh);

  // Notes that a token has ended. A waiting one's note is kept as long as its text could be
  // believed; an active one's only until every older note has lapsed.
  void note_ended(TokenId id, Instant now, std::optional<Instant> waited_until);

  // Notes that the wait at these places ended without admission.
  void note_gaps(QueueId queue, const std::vector<std::int64_t>& places);

  // Notes what is missing of a block's places; for whoever has them all from the database.
  void complete_gaps(QueueId queue, std::int64_t block, const std::vector<std::int64_t>& places);

  // Whether a line that was published at `at` may be believed at `now`. Where no pass publishes, in
  // a memcached that only another host's passes reach, say, who was admitted reads of it
  // thereafter.
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

  // Publishes `line` as of `now` over what `published()` gave, unless somebody was faster. Returns
  // whether it did.
  bool publish(QueueId queue, const LineState& line, Instant now, const Published& over);

 private:
  void read_line(const std::string& text);

  Cache& cache_;
  // The line that was read last: everybody who polls reads the same until the next pass.
  std::string line_text_;
  std::shared_ptr<const LineState> line_;
  Instant line_at_;
};

}  // namespace concert
