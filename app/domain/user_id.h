#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

// A user's UUID: 16 bytes, written in lower case.
class UserId {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  UserId() = default;
  explicit UserId(const Bytes& bytes) : bytes_(bytes) {}

  // The user of a text like 0b1c2d3e-..., in either case; nothing if it is not a UUID.
  static std::optional<UserId> parse(std::string_view text);

  // The user of 16 raw bytes, as a BINARY(16) column holds them.
  static UserId from_binary(std::string_view raw);

  std::string text() const;
  std::string binary() const;
  auto operator<=>(const UserId&) const = default;

 private:
  Bytes bytes_{};
};

}  // namespace concert
