#include "settings/identity_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace concert {
namespace {

std::string curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return "";
  return {name.data(), length};
}

}  // namespace

KeyAlgorithm key_algorithm(const std::string& key) {
  if (key.find("-----BEGIN") == std::string::npos) {
    constexpr std::size_t kLeastBytes = 32;
    if (key.size() < kLeastBytes) {
      throw std::invalid_argument(
          "a secret of fewer than 32 bytes. Check that it is the login service's whole key.");
    }
    return KeyAlgorithm::hs256;
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(
      PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const int type = parsed ? EVP_PKEY_base_id(parsed.get()) : EVP_PKEY_NONE;
  // As RFC 7518 has it: RS256 with 2048 bits or more, ES256 with the curve P-256.
  constexpr int kLeastRsaBits = 2048;
  if (type == EVP_PKEY_RSA && EVP_PKEY_bits(parsed.get()) >= kLeastRsaBits)
    return KeyAlgorithm::rs256;
  if (type == EVP_PKEY_EC && curve_of(parsed.get()) == "prime256v1") return KeyAlgorithm::es256;
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

}  // namespace concert
