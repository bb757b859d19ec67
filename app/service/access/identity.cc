#include "service/access/identity.h"

#include <fmt/format.h>
#include <json/json.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "base/parse_number.h"
#include "domain/check.h"
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
  throw std::logic_error("a key algorithm without a name");
}

// A NumericDate of RFC 7519: seconds, perhaps with a fraction. Nothing if it is anything else.
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
    return false;  // nested too deep to be read, so it is no list of texts
  }
  if (!named.isArray()) return named == Json::Value(audience);
  return std::any_of(named.begin(), named.end(),
                     [&](const Json::Value& one) { return one == Json::Value(audience); });
}

std::string keyed_hash(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  check(made != nullptr, "a hash can be made");
  return {digest.begin(), digest.begin() + size};
}

[[noreturn]] void refuse_identity() {
  throw Refusal(Reason::identity_required,
                "Prove who you are: send Authorization: Bearer <JWT of the login service>.");
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
  // The login service's clock made `exp`: the clock to compare it with is this host's, not the
  // database's.
  const auto now = static_cast<double>(std::time(nullptr));
  if (!sub || !exp || *exp <= now) refuse_identity();
  const auto nbf = moment_grant(jwt, "nbf");
  if (json_grant(jwt, "nbf") && (!nbf || *nbf > now)) refuse_identity();
  const auto named = UserId::parse(*sub);
  if (!named) refuse_identity();
  return named;
}

UserInLog::UserInLog(const std::string& token_key) : key_(keyed_hash(token_key, "users in logs")) {}

std::string UserInLog::text(const UserId& user) const {
  constexpr std::size_t kBytes = 8;
  std::string shown;
  for (const char byte : keyed_hash(key_, user.text()).substr(0, kBytes)) {
    shown += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return shown;
}

}  // namespace concert
