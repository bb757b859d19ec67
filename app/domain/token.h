#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/check.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/user_id.h"

namespace concert {

// used: a payment used it up. left: its user gave it back. expired: its time ran out. records: it
// never had a place, and shows its user's own records. The column token.state holds to_text() of
// it, which has no token for records; JSON's `status` and the text of a token do as well.
enum class TokenState { waiting, active, used, left, expired, records };

inline std::string_view to_text(TokenState state) {
  switch (state) {
    case TokenState::waiting: return "WAITING";
    case TokenState::active: return "ACTIVE";
    case TokenState::used: return "USED";
    case TokenState::left: return "LEFT";
    case TokenState::expired: return "EXPIRED";
    case TokenState::records: return "RECORDS";
  }
  throw Bug("no such token state");
}

inline TokenState token_state(std::string_view text) {
  for (const auto state : {TokenState::waiting, TokenState::active, TokenState::used,
                           TokenState::left, TokenState::expired, TokenState::records}) {
    if (to_text(state) == text) return state;
  }
  throw Bug("the database holds an unknown token state");
}

// One issue of a token. The id alone does not name it: a database that lost its newest rows, by a
// restore or because a replica took over, gives ids out again.
struct TokenIssue {
  TokenId id;
  Instant issued_at;
};

// A queue token as the database knows it.
struct Token {
  TokenId id;
  QueueId queue;
  UserId user;
  // What the database numbers it by (draw/place_order.h); nothing: it was active at once.
  std::optional<std::int64_t> seq;
  bool is_of_opening = false;  // its queue has an opening, so `seq` may be an entry
  TokenState state = TokenState::waiting;
  std::optional<std::int64_t> joined_position;  // at the join; nothing: it was active at once
  Instant issued_at;
  Instant counted_from;  // from when on its life counts: see domain/opening.h
  Instant expires_at;    // when it ends, or gives its place back if it is unclaimed, unless it is
                         // used, admitted or left before
  Instant ended_at;      // of a token that has ended
  // The last admission. A token that waits and has one gave its active place back.
  std::optional<Instant> admitted_at;
  bool is_unclaimed = false;  // active, and its user has made no call since the admission
  bool has_returned = false;  // gave its active place back, and its user has called since
  // When its visit is over if anybody waits then; nothing: never admitted, or visits have no end.
  std::optional<Instant> visit_end;
  bool is_awaited = false;  // somebody waits in its queue

  TokenIssue issue() const { return {id, issued_at}; }
};

// Whether the time to claim an active place is over, and nothing has noted it yet.
inline bool has_lapsed_claim(const Token& token, Instant now) {
  return token.state == TokenState::active && token.is_unclaimed && token.expires_at <= now;
}

// The state at `now`: a live token past its end is expired, whether or not the database noted it.
// One whose claim has lapsed waits until that is noted.
inline TokenState state_at(const Token& token, Instant now) {
  if (has_lapsed_claim(token, now)) return TokenState::waiting;
  const bool live = token.state == TokenState::waiting || token.state == TokenState::active ||
                    token.state == TokenState::records;
  return live && token.expires_at <= now ? TokenState::expired : token.state;
}

// No token lives longer from when its life counts.
inline constexpr std::int64_t kLongestTokenLife_ms = 24LL * 3600 * 1000;

// The latest end of an active token: 24 hours, or with its visit if somebody waits, but not before
// the end that is written.
inline Instant last_end(const Token& token) {
  const Instant longest = token.counted_from + kLongestTokenLife_ms;
  if (!token.is_awaited || !token.visit_end) return longest;
  return std::min(longest, std::max(*token.visit_end, token.expires_at));
}

// The latest end of a hold that is made or extended at `now`. A hold that is made before the visit
// is over extends the token; a later one ends with it.
inline Instant last_hold_end(const Token& token, Instant now) {
  const bool is_over = token.visit_end && *token.visit_end <= now;
  return is_over ? last_end(token) : token.counted_from + kLongestTokenLife_ms;
}

// Limits on an active place while others wait, in seconds. 0: no limit.
struct PlaceLimits {
  std::int64_t claim_s = 0;   // an admitted user makes the first call within it
  std::int64_t rejoin_s = 0;  // within it a user who missed the claim can call again
  std::int64_t visit_s = 0;   // after the admission, while anybody waits
};

// How long an active token lives. A use promises `active_ms` more; the database keeps a tenth
// more than that, so a use within the next tenth need not be written. A token therefore lives
// `active_ms` after its last use and at most a tenth more, unless its claim, its visit or the 24
// hours end first.
class TokenLife {
 public:
  explicit TokenLife(std::int64_t active_seconds, const PlaceLimits& limits = {})
      : active_ms_(active_seconds * 1000),
        claim_ms_(limits.claim_s * 1000),
        rejoin_ms_(limits.rejoin_s * 1000),
        visit_ms_(limits.visit_s * 1000) {}

  // How far ahead of a use its end is written; at most, because no token lives longer than
  // kLongestTokenLife_ms.
  std::int64_t written_ahead_ms() const {
    return std::min(active_ms_ + active_ms_ / 10, kLongestTokenLife_ms);
  }

  // Whether an admitted user must claim the active place by a call; and how far ahead of an
  // admission the end of the token is written, to be claimed or used before.
  bool has_claims() const { return claim_ms_ > 0; }
  std::int64_t admitted_ahead_ms() const {
    const std::int64_t ahead = has_claims() ? std::min(claim_ms_, active_ms_) : written_ahead_ms();
    return visit_ms_ > 0 ? std::min(ahead, visit_ms_) : ahead;
  }

  // How long after a lapsed claim a call puts its user before all others.
  std::int64_t rejoin_ms() const { return rejoin_ms_; }

  // When the visit of a token that was admitted at `admitted` is over; nothing: never.
  std::optional<Instant> visit_end(Instant admitted) const {
    return visit_ms_ > 0 ? std::optional(admitted + visit_ms_) : std::nullopt;
  }

  // The end to write at a use of a token that ends at `last` at the latest.
  Instant end_to_write(Instant now, Instant last) const {
    return std::min(now + written_ahead_ms(), last);
  }

  // The end to promise to the user at a use.
  Instant promised_end(Instant now, Instant last) const { return std::min(now + active_ms_, last); }

  // No wait is longer: a user admitted at its end still has a whole active life.
  std::int64_t longest_wait_ms() const {
    return std::max<std::int64_t>(1000, kLongestTokenLife_ms - active_ms_);
  }

  // The end of a wait whose written end is `end`, perhaps written while `active_ms` was less.
  Instant wait_end(Instant end, Instant counted_from) const {
    return std::min(end, counted_from + longest_wait_ms());
  }

  // Whether a use at `now` must be written.
  bool must_write(Instant now, const Token& token) const {
    return token.is_unclaimed || promised_end(now, last_end(token)) > token.expires_at;
  }

 private:
  std::int64_t active_ms_;
  std::int64_t claim_ms_;
  std::int64_t rejoin_ms_;
  std::int64_t visit_ms_;
};

}  // namespace concert
