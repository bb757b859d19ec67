#include "service/access/operator_jwt.h"

#include <json/json.h>

#include <algorithm>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "base/parse_number.h"
#include "service/access/jwt_handle.h"
#include "settings/operator_key.h"

namespace concert {
namespace {

jwt_alg_t algorithm_of(const std::string& key, std::string_view service) {
  switch (key_algorithm(key, service)) {
    case KeyAlgorithm::hs256: return JWT_ALG_HS256;
    case KeyAlgorithm::rs256: return JWT_ALG_RS256;
    case KeyAlgorithm::es256: return JWT_ALG_ES256;
  }
  throw std::logic_error("a key algorithm without a name");
}

// A NumericDate of RFC 7519: seconds, perhaps with a fraction. Nothing if it is anything else.
std::optional<double> moment_grant(jwt_t* jwt, const char* name) {
  const JwtText text = json_grant(jwt, name);
  if (!text) return std::nullopt;
  return parse_number<double>(text.get());
}

}  // namespace

std::optional<std::string> OperatorClaims::text(const char* name) const {
  return text_grant(jwt_.get(), name);
}

std::optional<std::int64_t> OperatorClaims::integer(const char* name) const {
  return number_grant(jwt_.get(), name);
}

bool OperatorClaims::is_for(const std::string& audience) const {
  const JwtText text = json_grant(jwt_.get(), "aud");
  if (!text) return false;
  Json::Value named;
  std::istringstream in(text.get());
  try {
    if (!Json::parseFromStream(Json::CharReaderBuilder(), in, &named, nullptr)) return false;
  } catch (const Json::RuntimeError&) {
    return false;  // nested too deep to be read, so it is no list of texts
  }
  if (!named.isArray()) return named == Json::Value(audience);
  return std::any_of(named.begin(), named.end(),
                     [&](const Json::Value& one) { return one == Json::Value(audience); });
}

bool OperatorClaims::has_end() const { return moment_grant(jwt_.get(), "exp").has_value(); }

bool OperatorClaims::is_valid_now() const {
  const auto now = static_cast<double>(std::time(nullptr));
  const auto exp = moment_grant(jwt_.get(), "exp");
  if (!exp || *exp <= now) return false;
  const auto nbf = moment_grant(jwt_.get(), "nbf");
  return !json_grant(jwt_.get(), "nbf") || (nbf && *nbf <= now);
}

OperatorKey::OperatorKey(std::string key, std::string_view service)
    : key_(std::move(key)), algorithm_(algorithm_of(key_, service)) {}

std::optional<OperatorClaims> OperatorKey::read(const std::string& text) const {
  Jwt jwt = decode_jwt(text, key_, static_cast<jwt_alg_t>(algorithm_));
  if (!jwt) return std::nullopt;
  return OperatorClaims(std::shared_ptr<jwt_t>(std::move(jwt)));
}

}  // namespace concert
