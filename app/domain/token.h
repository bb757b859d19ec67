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
  Instant expires_at;    // when it ends unless it is used, admitted or given back before
  Instant ended_at;      // of a token that has ended

  TokenIssue issue() const { return {id, issued_at}; }
};

// The state at `now`: a live token past its end is expired, whether or not the database noted it.
inline TokenState state_at(const Token& token, Instant now) {
  const bool live = token.state == TokenState::waiting || token.state == TokenState::active ||
                    token.state == TokenState::records;
  return live && token.expires_at <= now ? TokenState::expired : token.state;
}

// No token lives longer from when its life counts.
inline constexpr std::int64_t kLongestTokenLife_ms = 24LL * 3600 * 1000;

// When the token has ended, however it is used: what it holds must be paid before.
inline Instant last_end(const Token& token) { return token.counted_from + kLongestTokenLife_ms; }

// How long an active token lives. A use promises `active_ms` more; the database keeps a tenth
// more than that, so a use within the next tenth need not be written. A token therefore lives
// `active_ms` after its last use, never less and at most a tenth more.
class TokenLife {
 public:
  explicit TokenLife(std::int64_t active_seconds) : active_ms_(active_seconds * 1000) {}

  // How far ahead of a use, or of an admission, its end is written; at most, because no token lives
  // longer than kLongestTokenLife_ms.
  std::int64_t written_ahead_ms() const {
    return std::min(active_ms_ + active_ms_ / 10, kLongestTokenLife_ms);
  }

  // The end to write at a use, or at admission.
  Instant end_to_write(Instant now, Instant counted_from) const {
    return std::min(now + written_ahead_ms(), counted_from + kLongestTokenLife_ms);
  }

  // The end to promise to the user at a use.
  Instant promised_end(Instant now, Instant counted_from) const {
    return std::min(now + active_ms_, counted_from + kLongestTokenLife_ms);
  }

  // No wait is longer: a user admitted at its end still has a whole active life.
  std::int64_t longest_wait_ms() const {
    return std::max<std::int64_t>(1000, kLongestTokenLife_ms - active_ms_);
  }

  // The end of a wait whose written end is `end`, perhaps written while `active_ms` was less.
  Instant wait_end(Instant end, Instant counted_from) const {
    return std::min(end, counted_from + longest_wait_ms());
  }

  // Whether a use at `now` must be written, given the end that is written.
  bool must_write(Instant now, Instant counted_from, Instant written_end) const {
    return promised_end(now, counted_from) > written_end;
  }

 private:
  std::int64_t active_ms_;
};

}  // namespace concert
