#pragma once

#include <cstdint>
#include <optional>
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
  QueueId queue = kMainQueue;              // also where the text names none
  std::optional<std::int64_t> place;       // nothing: active at once, or not drawn yet
  TokenState state = TokenState::waiting;  // waiting, active or records
  Instant issued_at;                       // of the token, not of this text
  Instant counted_from;                    // from when on the token's life counts
  Instant waits_until;                     // when a wait ends unanswered
  std::optional<std::int64_t> position;    // the last one told, of a waiting token; it never grows
  std::optional<std::int64_t> entry{};     // of a user who registered before an opening

  // What the database numbers the token by, as far as the text tells.
  std::optional<std::int64_t> seq() const { return entry ? entry : place; }

  TokenIssue issue() const { return {id, issued_at}; }
};

// The claims of a live token's text. Its place, entry and position are for the caller to add.
TokenClaims claims_of(const Token& token);

// The short name of a signing key, made from its bytes: `kid` in the header of what it signs.
std::string fingerprint_of_key(const std::string& key);

// Signs and reads token texts: JWT, HS256 and nothing else.
class TokenText {
 public:
  // `accepted` is the other key of a change of keys: it signs nothing, and what it signed is read.
  // Empty: there is none.
  explicit TokenText(const std::string& key, const std::string& accepted = "");

  std::string sign(const TokenClaims& claims, Instant now) const;

  // Refuses: token_invalid, for whatever is not a text that sign() made with one of the keys. A
  // text without `kid`, as older releases signed them, is as good.
  TokenClaims read(const std::string& text) const;

 private:
  struct Key {
    explicit Key(const std::string& key);

    std::string bytes;
    std::string id;      // its fingerprint
    std::string header;  // how every text begins that it signs
  };

  Key key_;
  std::optional<Key> accepted_;
};

}  // namespace concert
