#include "service/access/identity.h"

#include <json/json.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "base/parse_number.h"
#include "domain/refusal.h"
#include "service/access/jwt_handle.h"
#include "settings/identity_key.h"

namespace concert {
namespace {

jwt_alg_t algorithm_of(const std::string& key) {
  switch (key_algorithm(key)) {
    case KeyAlgorithm::hs256: return JWT_ALG_HS256;
    case KeyAlgorithm::rs256: return JWT_ALG_RS256;
    case KeyAlgorithm::es256: return JWT_ALG_ES256;
  }
  throw std::logic_error("a key algorithm of no name");
}

// A NumericDate of RFC 7519: seconds, which may have a fraction. Nothing if it is anything else.
std::optional<double> moment_grant(const Jwt& jwt, const char* name) {
  const JwtText text = json_grant(jwt, name);
  if (!text) return std::nullopt;
  return parse_number<double>(text.get());
}

// Whether the grant `aud`, a text or a list of texts, names the audience.
bool is_for(const Jwt& jwt, const std::string& audience) {
  const JwtText text = json_grant(jwt, "aud");
  if (!text) return false;
  Json::Value named;
  std::istringstream in(text.get());
  try {
    if (!Json::parseFromStream(Json::CharReaderBuilder(), in, &named, nullptr)) return false;
  } catch (const Json::RuntimeError&) {
    return false;  // nested too deep to be read, so no list of texts
  }
  if (!named.isArray()) return named == Json::Value(audience);
  return std::any_of(named.begin(), named.end(),
                     [&](const Json::Value& one) { return one == Json::Value(audience); });
}

[[noreturn]] void refuse_identity() {
  throw Refusal(Reason::identity_required,
                "Show who you are: Authorization: Bearer <JWT of the login service>.");
}

}  // namespace

Identity::Identity(IdentityMode mode, std::string key, std::string audience, std::string issuer)
    : mode_(mode),
      key_(std::move(key)),
      audience_(std::move(audience)),
      issuer_(std::move(issuer)) {
  if (mode_ == IdentityMode::jwt) algorithm_ = algorithm_of(key_);
}

std::optional<UserId> Identity::subject(const std::optional<std::string>& bearer) const {
  if (mode_ == IdentityMode::open) return std::nullopt;
  if (!bearer) refuse_identity();
  const Jwt jwt = decode_jwt(*bearer, key_, static_cast<jwt_alg_t>(algorithm_));
  if (!jwt) refuse_identity();
  if (!audience_.empty() && !is_for(jwt, audience_)) refuse_identity();
  if (!issuer_.empty() && text_grant(jwt, "iss") != issuer_) refuse_identity();
  const auto sub = text_grant(jwt, "sub");
  const auto exp = moment_grant(jwt, "exp");
  // The login service's clock made `exp`: this host's clock is the one to compare it with.
  const auto now = static_cast<double>(std::time(nullptr));
  if (!sub || !exp || *exp <= now) refuse_identity();
  const auto nbf = moment_grant(jwt, "nbf");
  if (json_grant(jwt, "nbf") && (!nbf || *nbf > now)) refuse_identity();
  const auto named = UserId::parse(*sub);
  if (!named) refuse_identity();
  return named;
}

}  // namespace concert
