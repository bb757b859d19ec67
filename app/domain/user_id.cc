#include "domain/user_id.h"

#include <algorithm>

#include "domain/check.h"

namespace concert {
namespace {

constexpr std::size_t kTextLength = 36;

bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<UserId> UserId::parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Bytes bytes{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const auto digit = hex_digit(text[i]);
    if (!digit) return std::nullopt;
    auto& byte = bytes[digits / 2];
    byte = static_cast<std::uint8_t>((byte << 4U) | *digit);
    ++digits;
  }
  return UserId(bytes);
}

UserId UserId::from_binary(std::string_view raw) {
  check(raw.size() == std::tuple_size_v<Bytes>, "a user id has 16 bytes");
  Bytes bytes{};
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return UserId(bytes);
}

std::string UserId::text() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(kTextLength);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[bytes_[i] >> 4U];
    text += kHex[bytes_[i] & 0xFU];
  }
  return text;
}

std::string UserId::binary() const { return {bytes_.begin(), bytes_.end()}; }

}  // namespace concert
