#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

// Tells what this service wrote into memcached from what anybody else did: a code over a value and
// the name that it is kept under, by a key that is made from the token signing key.
class Seal {
 public:
  static constexpr std::size_t kCodeBytes = 16;

  // `accepted_key`: the other token key of a change of keys, whose seals are good too; empty: none.
  explicit Seal(const std::string& token_key, const std::string& accepted_key = "");

  // What is kept for `value` under `name`.
  std::string close(std::string_view name, std::string_view value) const;

  // The value in what open() has found good.
  static std::string value_of(std::string_view kept) {
    return std::string(kept.substr(kCodeBytes));
  }

  // The value of what was kept under `name`; nothing unless close() made it for that name.
  std::optional<std::string> open(std::string_view name, std::string_view kept) const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }
  };
  using Hash = std::unique_ptr<EVP_MD_CTX, Free>;

  // HMAC-SHA256 with both of its hashes begun: to begin them takes longer than a short entry.
  class Key {
   public:
    explicit Key(const std::string& token_key);
    std::string code_of(std::string_view name, std::string_view value) const;

   private:
    Hash inner_;
    Hash outer_;
    Hash hash_;  // at work
  };

  Key key_;
  std::optional<Key> accepted_key_;
};

}  // namespace concert
