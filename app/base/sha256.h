#pragma once

#include <openssl/evp.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace concert {

// A SHA-256 or HMAC-SHA256. Digests compare as the bytes do, the first one first.
using Digest = std::array<unsigned char, 32>;

inline std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The SHA-256 of the parts, one after the other. Throws std::runtime_error if OpenSSL has no memory
// or no SHA-256; so does all below.
Digest sha256(std::initializer_list<std::string_view> parts);

// HMAC-SHA256 with one key, both of whose hashes are begun once: that takes longer than to hash a
// short message. For one thread at a time.
class HmacSha256 {
 public:
  // `key`: at most 64 bytes; throws std::runtime_error if it is longer.
  explicit HmacSha256(std::string_view key);

  // The code of the parts, one after the other.
  Digest of(std::initializer_list<std::string_view> parts) const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }
  };
  using Hash = std::unique_ptr<EVP_MD_CTX, Free>;

  Hash inner_;
  Hash outer_;
  Hash hash_;  // copied from the others for each code
};

}  // namespace concert
