#include "service/identity.h"

#include <json/json.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "domain/refusal.h"
#include "service/jwt_handle.h"

namespace concert {
namespace {

std::string curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return "";
  return {name.data(), length};
}

// The one algorithm that fits the key; fixing it here keeps a public key from being used as an
// HS256 secret.
jwt_alg_t algorithm_of(const std::string& key) {
  if (key.find("-----BEGIN") == std::string::npos) {
    constexpr std::size_t kLeastBytes = 32;
    if (key.size() < kLeastBytes) {
      throw std::invalid_argument(
          "a secret of fewer than 32 bytes. Check that it is the login service's whole key.");
    }
    return JWT_ALG_HS256;
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(
      PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const int type = parsed ? EVP_PKEY_base_id(parsed.get()) : EVP_PKEY_NONE;
  // As RFC 7518 has it: RS256 with 2048 bits or more, ES256 with the curve P-256.
  constexpr int kLeastRsaBits = 2048;
  if (type == EVP_PKEY_RSA && EVP_PKEY_bits(parsed.get()) >= kLeastRsaBits) return JWT_ALG_RS256;
  if (type == EVP_PKEY_EC && curve_of(parsed.get()) == "prime256v1") return JWT_ALG_ES256;
  if (type == EVP_PKEY_RSA)
    throw std::invalid_argument(
        "an RSA key of fewer than 2048 bits. The login service needs another.");
  if (type == EVP_PKEY_EC)
    throw std::invalid_argument(
        "of a curve other than P-256, which ES256 needs. The login service "
        "needs another key.");
  throw std::invalid_argument(
      "not a PEM public key of kind RSA or EC. Export it with `openssl pkey -pubout`.");
}

// A NumericDate of RFC 7519: seconds, which may have a fraction. Nothing if it is anything else.
std::optional<double> moment_grant(const Jwt& jwt, const char* name) {
  const JwtText text = json_grant(jwt, name);
  if (!text) return std::nullopt;
  const std::string_view digits(text.get());
  double seconds = 0;
  const auto result = std::from_chars(digits.begin(), digits.end(), seconds);
  if (result.ec != std::errc() || result.ptr != digits.end()) return std::nullopt;
  return seconds;
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
