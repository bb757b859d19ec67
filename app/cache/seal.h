#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

// Distinguishes entries that this service wrote into memcached from all others, by a code over the
// entry's name and value. Its key is derived from the token signing key.
class Seal {
 public:
  static constexpr std::size_t kCodeBytes = 16;

  // `accepted_key`: the other token key during a change of keys, whose seals are good too; empty:
  // none.
  explicit Seal(const std::string& token_key, const std::string& accepted_key = "");

  // The bytes to keep for `value` under `name`.
  std::string close(std::string_view name, std::string_view value) const;

  // The value in bytes that open() has found good.
  static std::string value_of(std::string_view kept) {
    return std::string(kept.substr(kCodeBytes));
  }

  // The value of the bytes kept under `name`; nothing unless close() made them for that name.
  std::optional<std::string> open(std::string_view name, std::string_view kept) const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }
  };
  using Hash = std::unique_ptr<EVP_MD_CTX, Free>;

  // HMAC-SHA256 with both hashes already begun: beginning them takes longer than a short entry.
  class Key {
   public:
    explicit Key(const std::string& token_key);
    std::string code_of(std::string_view name, std::string_view value) const;

   private:
    Hash inner_;
    Hash outer_;
    Hash hash_;  // copied from the others for each code
  };

  Key key_;
  std::optional<Key> accepted_key_;
};

}  // namespace concert
