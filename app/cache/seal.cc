#include "cache/seal.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "domain/check.h"

namespace concert {
namespace {

// The derived key signs no token: one purpose, one key.
Digest key_of(const std::string& token_key) {
  constexpr std::string_view kPurpose = "the seal of entries in memcached";
  Digest key{};
  unsigned int length = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), token_key.data(), static_cast<int>(token_key.size()),
           reinterpret_cast<const unsigned char*>(kPurpose.data()), kPurpose.size(), key.data(),
           &length);
  check(made != nullptr && length == key.size(), "a key can be made from another");
  return key;
}

}  // namespace

Seal::Key::Key(const std::string& token_key) : code_(bytes_of(key_of(token_key))) {}

// A name has no byte 0, so no other pair of name and value gives the same text.
std::string Seal::Key::code_of(std::string_view name, std::string_view value) const {
  const Digest code = code_.of({name, {"\0", 1}, value});
  return {code.begin(), code.begin() + kCodeBytes};
}

Seal::Seal(const std::string& token_key, const std::string& accepted_key) : key_(token_key) {
  if (!accepted_key.empty()) accepted_key_.emplace(accepted_key);
}

std::string Seal::close(std::string_view name, std::string_view value) const {
  return key_.code_of(name, value).append(value);
}

std::optional<std::string> Seal::open(std::string_view name, std::string_view kept) const {
  if (kept.size() < kCodeBytes) return std::nullopt;
  const std::string_view value = kept.substr(kCodeBytes);
  const auto is_by = [&](const Key& key) {
    const std::string code = key.code_of(name, value);
    return CRYPTO_memcmp(code.data(), kept.data(), kCodeBytes) == 0;
  };
  if (!is_by(key_) && !(accepted_key_ && is_by(*accepted_key_))) return std::nullopt;
  return std::string(value);
}

}  // namespace concert
