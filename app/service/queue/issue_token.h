#pragma once

#include "service/access/guard.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/standing.h"
#include "service/queue/tell_wait.h"

namespace concert {

// Gives a user a place: active at once below the limit with nobody waiting, else in line.
class IssueToken {
 public:
  IssueToken(Backend& backend, Guard& guard, Standing& standing, ExpireTokens& expire)
      : backend_(backend),
        guard_(guard),
        standing_(standing),
        expire_(expire),
        tell_wait_(backend, standing) {}

  struct Result {
    TokenAnswer answer;
    bool created = false;  // false: the user's live token, its place unchanged
  };
  Result run(const UserId& user);

 private:
  Result issue(const UserId& user);
  // Only if all waits have run out.
  void end_lapsed_waits();
  // Nothing if the token has ended.
  std::optional<TokenAnswer> existing(Token token, Instant now);
  std::optional<TokenAnswer> join(const UserId& user, bool user_exists);

  Backend& backend_;
  Guard& guard_;
  Standing& standing_;
  ExpireTokens& expire_;
  TellWait tell_wait_;
};

}  // namespace concert
