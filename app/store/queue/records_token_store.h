#pragma once

#include <optional>

#include "store/queue/token_store.h"

namespace concert {

// Tokens for a user's own records: without a place in any queue, alive for kLongestTokenLife_ms
// from their issue unless they are given back. Their ids are not those of queue tokens.
class RecordsTokenStore {
 public:
  explicit RecordsTokenStore(Session& session) : session_(session) {}

  // Issues a token. Throws ParentGone if there is no such user.
  TokenNow insert(const UserId& user);

  // Nothing if there is no such token, or it was given back. It may have lapsed.
  std::optional<TokenNow> find(TokenId id);

  // The same with the token and its user locked for this transaction.
  std::optional<LockedToken> lock(TokenId id);

  // Gives the token of `user` back. Does nothing to one that has ended.
  void end(TokenId id, const UserId& user);

  // Deletes up to `limit` tokens that have lapsed. Returns how many.
  std::uint64_t prune(std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
