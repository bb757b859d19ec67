#pragma once

#include "service/access/token_uses.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/positions.h"
#include "service/queue/token_answer.h"

namespace concert {

// Tells a user the state of a token, and extends an active one. A wait is answered from memcached
// alone where it has what that takes.
class RefreshToken {
 public:
  RefreshToken(Session& db, QueueCache& cache, const Settings& settings, const TokenText& text)
      : cache_(cache),
        life_(settings.token_life()),
        tokens_(db, life_),
        uses_(db, cache, settings),
        expire_tokens_(db, cache, settings),
        positions_(db, cache, settings),
        answer_(text, settings) {}

  // Refuses: token_expired.
  TokenAnswer run(const TokenClaims& claims);

 private:
  // Nothing where memcached lacks something that the answer takes.
  std::optional<TokenAnswer> from_cache(const TokenClaims& claims, const CachedPoll& poll,
                                        Instant now);
  // The position of a waiting token by what is published.
  std::optional<FoundPosition> published_position(const TokenClaims& claims,
                                                  const CachedPoll& poll);
  static bool agrees(const TokenClaims& claims, const std::optional<Opening>& opening);
  Instant wait_end(const TokenClaims& claims, const QueueState& state) const;
  TokenAnswer from_database(const TokenClaims& claims);
  // Nothing if the token has changed since it was looked at, or by this call.
  std::optional<TokenAnswer> look(const TokenClaims& claims);

  QueueCache& cache_;
  TokenLife life_;
  TokenStore tokens_;
  TokenUses uses_;
  ExpireTokens expire_tokens_;
  Positions positions_;
  AnswerToken answer_;
};

}  // namespace concert
