#include "cache/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "domain/check.h"

namespace concert {
namespace {

std::string hmac(const std::string& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int length = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &length);
  check(made != nullptr, "a code can be computed");
  return {code.begin(), code.begin() + length};
}

// One purpose, one key: this one signs no token.
std::string key_of(const std::string& token_key) {
  return hmac(token_key, "the seal of entries in memcached");
}

// A name has no byte 0, so no other name and value give the same text.
std::string code_of(const std::string& key, std::string_view name, std::string_view value) {
  std::string text;
  text.reserve(name.size() + 1 + value.size());
  text.append(name).append(1, '\0').append(value);
  return hmac(key, text).substr(0, Seal::kCodeBytes);
}

}  // namespace

Seal::Seal(const std::string& token_key, const std::string& accepted_key)
    : key_(key_of(token_key)), accepted_key_(accepted_key.empty() ? "" : key_of(accepted_key)) {}

std::string Seal::close(std::string_view name, std::string_view value) const {
  return code_of(key_, name, value).append(value);
}

std::optional<std::string> Seal::open(std::string_view name, std::string_view kept) const {
  if (kept.size() < kCodeBytes) return std::nullopt;
  const std::string_view value = kept.substr(kCodeBytes);
  for (const std::string* key : {&key_, &accepted_key_}) {
    if (key->empty()) continue;
    const std::string code = code_of(*key, name, value);
    if (CRYPTO_memcmp(code.data(), kept.data(), kCodeBytes) == 0) return std::string(value);
  }
  return std::nullopt;
}

}  // namespace concert
