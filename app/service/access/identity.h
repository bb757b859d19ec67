#pragma once

#include <optional>
#include <string>

#include "domain/user_id.h"
#include "service/access/operator_jwt.h"
#include "settings/settings.h"

namespace concert {

// Checks, by the JWT of a login service, that a client is the user that it says it is. With
// `identity = open` nothing is checked: every client is taken at its word.
class Identity {
 public:
  // `key`: with `jwt`, an HS256 secret or a PEM public key (RSA: RS256, EC: ES256). Throws
  // std::invalid_argument, which says what it is instead, if it is neither.
  // A login must be for `audience` and from `issuer`, where these are not empty.
  Identity(IdentityMode mode, const std::string& key, std::string audience = "",
           std::string issuer = "");
  explicit Identity(const Settings& settings)
      : Identity(settings.identity, settings.identity_key, settings.identity_audience,
                 settings.identity_issuer) {}

  // The user that the JWT names; nothing with `open`. Refuses: identity_required.
  std::optional<UserId> subject(const std::optional<std::string>& bearer) const;

 private:
  std::optional<OperatorKey> key_;  // nothing with `open`
  std::string audience_;
  std::string issuer_;
};

// A user's name in the log: always the same for one user, and without the key of queue tokens it
// does not tell which user that is.
class UserInLog {
 public:
  explicit UserInLog(const std::string& token_key);

  // 16 hexadecimal digits.
  std::string text(const UserId& user) const;

 private:
  std::string key_;
};

}  // namespace concert
