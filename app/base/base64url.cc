#include "base/base64url.h"

#include <cstdint>

namespace concert {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kBitsOfDigit = 6;
constexpr unsigned kBitsOfByte = 8;

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = bits << kBitsOfByte | static_cast<unsigned char>(byte);
    count += kBitsOfByte;
    while (count >= kBitsOfDigit) {
      count -= kBitsOfDigit;
      text += kDigits[bits >> count & 0x3FU];
    }
  }
  if (count > 0) text += kDigits[bits << (kBitsOfDigit - count) & 0x3FU];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char digit : text) {
    const auto value = kDigits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << kBitsOfDigit | static_cast<std::uint32_t>(value);
    count += kBitsOfDigit;
    if (count < kBitsOfByte) continue;
    count -= kBitsOfByte;
    bytes += static_cast<char>(bits >> count & 0xFFU);
  }
  if (base64url(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace concert
