#include "support/jwt.h"

#include <cstdlib>
#include <stdexcept>

#include "service/jwt_handle.h"
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
