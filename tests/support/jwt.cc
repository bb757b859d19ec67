#include "support/jwt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "service/access/jwt_handle.h"
#include "support/base64url.h"
#include "support/http_client.h"

namespace concert::test {

std::string sign_jwt(const Json::Value& claims, const std::string& algorithm,
                     const std::string& key) {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) throw std::runtime_error("no JWT");
  const Jwt jwt(raw);
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  const bool keyless = algorithm == "none";
  int failed = jwt_add_grants_json(raw, compact(claims).c_str());
  failed |= jwt_set_alg(raw, jwt_str_alg(algorithm.c_str()), keyless ? nullptr : bytes,
                        keyless ? 0 : static_cast<int>(key.size()));
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(raw), &std::free);
  if (failed != 0 || !text) throw std::runtime_error("cannot sign a JWT with " + algorithm);
  return text.get();
}

std::string sign_jwt_with_header(const std::string& header, const Json::Value& claims,
                                 const std::string& secret) {
  const std::string signed_part = base64url(header) + "." + base64url(compact(claims));
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), bytes.data(),
       &length);
  return signed_part + "." + base64url({reinterpret_cast<const char*>(bytes.data()), length});
}

namespace {

Json::Value json_of_part(const std::string& part) {
  return HttpResponse{0, {}, from_base64url(part)}.json();
}

}  // namespace

Json::Value header_of_jwt(const std::string& token) {
  return json_of_part(token.substr(0, token.find('.')));
}

Json::Value claims_of_jwt(const std::string& token) {
  const auto first = token.find('.') + 1;
  return json_of_part(token.substr(first, token.find('.', first) - first));
}

}  // namespace concert::test
