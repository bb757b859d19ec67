#pragma once

#include <memory>
#include <optional>
#include <string>

#include "domain/user_id.h"
#include "settings/settings.h"

namespace concert {

// Decides whether somebody is the user that they say they are.
class Identity {
 public:
  // `key`: with `jwt`, an HS256 secret or a PEM public key (RSA: RS256, EC: ES256). Throws
  // std::invalid_argument, which says what it is instead, if it is neither.
  // A login must be for `audience` and from `issuer`, where these are not empty.
  Identity(IdentityMode mode, std::string key, std::string audience = "", std::string issuer = "");
  explicit Identity(const Settings& settings)
      : Identity(settings.identity, settings.identity_key, settings.identity_audience,
                 settings.identity_issuer) {}

  // Whom the login service's JWT names; nobody with `open`, where everybody's word is taken.
  // Refuses: identity_required.
  std::optional<UserId> subject(const std::optional<std::string>& bearer) const;

 private:
  IdentityMode mode_;
  std::string key_;
  std::string audience_;
  std::string issuer_;
  int algorithm_ = 0;
};

}  // namespace concert
