#pragma once

#include <optional>
#include <vector>

#include "domain/queue_state.h"
#include "domain/token.h"
#include "draw/place_order.h"
#include "store/session/session.h"

namespace concert {

// What statements about the places of a queue need. Without an opening both times are the epoch.
struct QueuePlaces {
  QueueId queue;
  PlaceOrder order;
  Instant opened_at;    // from when on the lives of tokens count that are older
  Instant waits_until;  // no wait lapses before
};

// What an admission sets, and the values of it: the token is active until it is claimed or used, at
// most until the day of the token is over in a queue that opened at `opened_at`.
inline constexpr char kAdmission[] =
    "state = 'ACTIVE', unclaimed = ?, "
    "expires_at = LEAST(NOW(3) + INTERVAL ? MICROSECOND, GREATEST(issued_at, ?) + INTERVAL ? "
    "MICROSECOND)";
std::vector<Value> admission_values(const TokenLife& life, Instant opened_at);

// A token that waited, and its place.
struct EndedWait {
  TokenId id;
  std::int64_t place = 0;
  Instant issued_at;
  bool gave_back = false;  // had been admitted, so that its place is no vacancy

  TokenIssue issue() const { return {id, issued_at}; }
};

// The waiting tokens of the queues, in the order of their places; those that gave an active place
// back (ReturnStore) only where it says so. A caller that changes a token has locked the queue's
// row; so has a caller that must rely on what it reads.
class WaitStore {
 public:
  WaitStore(Session& session, const TokenLife& life) : session_(session), life_(life) {}

  // Locks up to `limit` tokens that have lapsed, those that gave a place back among them.
  std::vector<EndedWait> lock_lapsed(const QueuePlaces& of, std::int64_t limit);

  // Up to `limit` tokens at `places` that have lapsed.
  std::vector<EndedWait> lapsed(const QueuePlaces& of, const Range& places, std::int64_t limit);

  // Whether a token waits that has not lapsed.
  bool somebody_waits(const QueuePlaces& of);

  // Makes the first `count` tokens at `places` active, except lapsed ones. Returns how many.
  std::uint64_t admit(const QueuePlaces& of, const Range& places, std::int64_t count);

  // The last of `places` from which a user was admitted. Reads the vacancies behind it.
  std::optional<std::int64_t> last_admitted(const QueuePlaces& of, const Range& places);

  // The first of `places` at which a token waits, and whether it has lapsed.
  struct Head {
    std::int64_t place = 0;
    bool has_lapsed = false;
  };
  std::optional<Head> first(const QueuePlaces& of, const Range& places);

  // How many tokens no newer than `newest` wait, those that gave a place back included.
  std::int64_t count(QueueId queue, TokenId newest);

  // Up to `limit` tokens in any order that are no newer than `newest`, those that gave a place back
  // among them.
  std::vector<EndedWait> some(const QueuePlaces& of, TokenId newest, std::int64_t limit);

  // Ends a token. False if it does not wait any more, or has been admitted since `token` was read.
  bool end(const Token& token, TokenState as);

  // The places after `admitted_place` at which a wait ended without admission.
  std::vector<std::int64_t> vacancies(const QueuePlaces& of, std::int64_t admitted_place);

 private:
  // The tokens that wait at `places`, some of which were drawn, in the order of their places.
  struct Wait {
    EndedWait token;
    bool has_lapsed = false;
  };
  std::vector<Wait> drawn_at(const QueuePlaces& of, const Range& places);
  std::optional<std::int64_t> last_drawn_admitted(const QueuePlaces& of, const Range& places);
  std::uint64_t admit_drawn(const QueuePlaces& of, const Range& places, std::int64_t count);

  std::int64_t longest_wait_us() const { return life_.longest_wait_ms() * 1000; }

  Session& session_;
  TokenLife life_;
};

}  // namespace concert
