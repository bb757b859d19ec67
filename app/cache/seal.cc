#include "cache/seal.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>

#include "domain/check.h"

namespace concert {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kHashBytes = 32;

using Bytes = std::array<unsigned char, kHashBytes>;

// The derived key signs no token: one purpose, one key.
Bytes key_of(const std::string& token_key) {
  constexpr std::string_view kPurpose = "the seal of entries in memcached";
  Bytes key{};
  unsigned int length = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), token_key.data(), static_cast<int>(token_key.size()),
           reinterpret_cast<const unsigned char*>(kPurpose.data()), kPurpose.size(), key.data(),
           &length);
  check(made != nullptr && length == kHashBytes, "a key can be made from another");
  return key;
}

void add(EVP_MD_CTX* hash, std::string_view text) {
  check(EVP_DigestUpdate(hash, text.data(), text.size()) == 1, "bytes can be hashed");
}

Bytes end_of(EVP_MD_CTX* hash) {
  Bytes digest{};
  check(EVP_DigestFinal_ex(hash, digest.data(), nullptr) == 1, "a hash has an end");
  return digest;
}

// A hash that has read a block of the key, each byte changed by `pad`, as HMAC defines it.
EVP_MD_CTX* begun(const Bytes& key, unsigned char pad) {
  std::array<char, kBlockBytes> block{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const unsigned char byte = i < key.size() ? key[i] : 0;
    block[i] = static_cast<char>(byte ^ pad);
  }
  EVP_MD_CTX* const hash = EVP_MD_CTX_new();
  check(hash != nullptr && EVP_DigestInit_ex(hash, EVP_sha256(), nullptr) == 1, "a hash can begin");
  add(hash, {block.data(), block.size()});
  return hash;
}

}  // namespace

Seal::Key::Key(const std::string& token_key) : hash_(EVP_MD_CTX_new()) {
  const Bytes key = key_of(token_key);
  inner_.reset(begun(key, 0x36));
  outer_.reset(begun(key, 0x5c));
  check(hash_ != nullptr, "a hash can be made");
}

// A name has no byte 0, so no other pair of name and value gives the same text.
std::string Seal::Key::code_of(std::string_view name, std::string_view value) const {
  check(EVP_MD_CTX_copy_ex(hash_.get(), inner_.get()) == 1, "a hash can be copied");
  add(hash_.get(), name);
  add(hash_.get(), {"\0", 1});
  add(hash_.get(), value);
  const Bytes inner = end_of(hash_.get());
  check(EVP_MD_CTX_copy_ex(hash_.get(), outer_.get()) == 1, "a hash can be copied");
  add(hash_.get(), {reinterpret_cast<const char*>(inner.data()), inner.size()});
  const Bytes code = end_of(hash_.get());
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
