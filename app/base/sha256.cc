#include "base/sha256.h"

#include <stdexcept>

namespace concert {
namespace {

constexpr std::size_t kBlockBytes = 64;

void require(bool is_done) {
  if (!is_done) throw std::runtime_error("OpenSSL cannot hash; look at its configuration.");
}

void add(EVP_MD_CTX* hash, std::string_view bytes) {
  require(EVP_DigestUpdate(hash, bytes.data(), bytes.size()) == 1);
}

Digest end_of(EVP_MD_CTX* hash) {
  Digest digest{};
  require(EVP_DigestFinal_ex(hash, digest.data(), nullptr) == 1);
  return digest;
}

// A hash that has read a block of the key, each byte changed by `pad`, as HMAC defines it.
void begin(EVP_MD_CTX* hash, std::string_view key, unsigned char pad) {
  std::array<char, kBlockBytes> block{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const auto byte = i < key.size() ? static_cast<unsigned char>(key[i]) : 0;
    block[i] = static_cast<char>(byte ^ pad);
  }
  require(hash != nullptr && EVP_DigestInit_ex(hash, EVP_sha256(), nullptr) == 1);
  add(hash, {block.data(), block.size()});
}

}  // namespace

Digest sha256(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free);
  require(hash != nullptr && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1);
  for (const std::string_view part : parts) add(hash.get(), part);
  return end_of(hash.get());
}

HmacSha256::HmacSha256(std::string_view key)
    : inner_(EVP_MD_CTX_new()), outer_(EVP_MD_CTX_new()), hash_(EVP_MD_CTX_new()) {
  if (key.size() > kBlockBytes) throw std::runtime_error("This key of an HMAC is too long.");
  begin(inner_.get(), key, 0x36);
  begin(outer_.get(), key, 0x5c);
  require(hash_ != nullptr);
}

Digest HmacSha256::of(std::initializer_list<std::string_view> parts) const {
  require(EVP_MD_CTX_copy_ex(hash_.get(), inner_.get()) == 1);
  for (const std::string_view part : parts) add(hash_.get(), part);
  const Digest inner = end_of(hash_.get());
  require(EVP_MD_CTX_copy_ex(hash_.get(), outer_.get()) == 1);
  add(hash_.get(), bytes_of(inner));
  return end_of(hash_.get());
}

}  // namespace concert
