#pragma once

#include <cstdint>
#include <string>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/token.h"
#include "domain/user_id.h"

namespace concert {

// What the text of a queue token says. Signed by this service, so it was true when it was issued;
// whether the token still lives, the database knows.
struct TokenClaims {
  UserId user;
  TokenId id;
  std::int64_t seq = 0;
  TokenState state = TokenState::waiting;  // waiting or active
  Instant issued_at;                       // of the token, not of this text
  Instant waits_until;                     // when a wait ends unanswered
  std::int64_t position = 0;               // the last position told; it never grows
};

// Signs and reads token texts: JWT, HS256 and nothing else.
class TokenText {
 public:
  explicit TokenText(std::string key) : key_(std::move(key)) {}

  std::string sign(const TokenClaims& claims, Instant now) const;

  // Refuses: token_invalid, for whatever is not a text that sign() made with this key.
  TokenClaims read(const std::string& text) const;

 private:
  std::string key_;
};

}  // namespace concert
