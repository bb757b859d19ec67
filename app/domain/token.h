#pragma once

#include <cstdint>
#include <string_view>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/user_id.h"

namespace concert {

// used: a payment used it up. left: its user gave it back. expired: its time ran out.
enum class TokenState { waiting, active, used, left, expired };

std::string_view to_text(TokenState state);
TokenState token_state(std::string_view text);

// One issue of a token. Its id alone does not name it: a database that lost its newest rows, by a
// restore or a replica that took over, gives ids out again.
struct TokenIssue {
  TokenId id;
  Instant issued_at;
};

// A queue token as the database knows it.
struct Token {
  TokenId id;
  QueueId queue = kMainQueue;
  UserId user;
  std::int64_t seq = 0;  // place in line; 0 if it was active at once
  TokenState state = TokenState::waiting;
  std::int64_t joined_position = 0;  // position when it joined; 0 if it was active at once
  Instant issued_at;
  Instant expires_at;  // when it ends if nothing more is heard of it
  Instant ended_at;    // of one that has ended

  TokenIssue issue() const { return {id, issued_at}; }
};

// The state at `now`: a live token past its end reads as expired, whether or not noted.
inline TokenState state_at(const Token& token, Instant now) {
  const bool live = token.state == TokenState::waiting || token.state == TokenState::active;
  return live && token.expires_at <= now ? TokenState::expired : token.state;
}

}  // namespace concert
