#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.h"

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
  class Key {
   public:
    explicit Key(const std::string& token_key);
    std::string code_of(std::string_view name, std::string_view value) const;

   private:
    HmacSha256 code_;
  };

  Key key_;
  std::optional<Key> accepted_key_;
};

}  // namespace concert
