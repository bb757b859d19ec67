#include "support/jwt.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "service/jwt_handle.h"
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

Json::Value json_of_part(std::string payload) {
  std::replace(payload.begin(), payload.end(), '-', '+');
  std::replace(payload.begin(), payload.end(), '_', '/');
  while (payload.size() % 4 != 0) payload += '=';
  std::string bytes(payload.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(payload.data()),
                                     static_cast<int>(payload.size()));
  if (length < 0) throw std::runtime_error("no base64: " + payload);
  bytes.resize(static_cast<std::size_t>(length));
  return HttpResponse{0, {}, bytes.substr(0, bytes.rfind('}') + 1)}.json();
}

}  // namespace

Json::Value header_of_jwt(const std::string& token) {
  return json_of_part(token.substr(0, token.find('.')));
}

Json::Value claims_of_jwt(const std::string& token) {
  const auto first = token.find('.') + 1;
  return json_of_part(token.substr(first, token.find('.', first) - first));
}

std::string base64url(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  text.erase(text.find_last_not_of('=') + 1);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace concert::test
