#pragma once

#include <string>

#include "service/access/token_text.h"
#include "store/queue/token_store.h"

namespace concert {

// What a user is told about a token for records.
struct RecordsAnswer {
  std::string token;  // its text, signed
  UserId user;
  Instant expires_at;
};

// Tokens that show a user's own records without a place in the queue: tickets at the door, and
// points before the sale.
class RecordsTokens {
 public:
  RecordsTokens(Session& db, const TokenText& text) : db_(db), text_(text) {}

  // Gives the user another one, for kLongestTokenLife_ms. The user is created if new.
  RecordsAnswer issue(const UserId& user);

  // Ends the token. Does nothing to one that has ended.
  void end(const TokenClaims& claims);

 private:
  Session& db_;
  const TokenText& text_;
};

}  // namespace concert
