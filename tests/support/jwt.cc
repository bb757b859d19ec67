#include "support/jwt.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <cstdlib>
#include <memory>
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

std::string text_in(BIO* bio) {
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

Json::Value json_of_part(const std::string& part) {
  return HttpResponse{0, {}, from_base64url(part)}.json();
}

}  // namespace

KeyPair pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> secret(BIO_new(BIO_s_mem()), &BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> open(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_PUBKEY(open.get(), key);
  EVP_PKEY_free(key);
  return {text_in(secret.get()), text_in(open.get())};
}

const KeyPair& rsa_keys() {
  static const KeyPair pair = pem_of(EVP_RSA_gen(2048));
  return pair;
}

const KeyPair& elliptic_keys() {
  static const KeyPair pair = pem_of(EVP_EC_gen("P-256"));
  return pair;
}

Json::Value header_of_jwt(const std::string& token) {
  return json_of_part(token.substr(0, token.find('.')));
}

Json::Value claims_of_jwt(const std::string& token) {
  const auto first = token.find('.') + 1;
  return json_of_part(token.substr(first, token.find('.', first) - first));
}

}  // namespace concert::test
