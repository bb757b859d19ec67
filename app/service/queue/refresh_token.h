#pragma once

#include "service/access/guard.h"
#include "service/queue/standing.h"
#include "service/queue/tell_wait.h"

namespace concert {

// Tells a user today's state of a token, and extends an active one. A wait is answered from
// memcached alone.
class RefreshToken {
 public:
  RefreshToken(Backend& backend, Guard& guard, Standing& standing)
      : backend_(backend), guard_(guard), standing_(standing), tell_wait_(backend, standing) {}

  // Refuses: token_expired.
  TokenAnswer run(const TokenClaims& claims);

 private:
  std::optional<TokenAnswer> from_cache(const TokenClaims& claims, const CachedPlace& place,
                                        Instant now);
  TokenAnswer from_database(const TokenClaims& claims);

  Backend& backend_;
  Guard& guard_;
  Standing& standing_;
  TellWait tell_wait_;
};

}  // namespace concert
