#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace concert {
namespace {

// What a lead byte promises: how many bytes follow, and from which code point on that many are due.
struct Lead {
  std::size_t following = 0;
  std::uint32_t bits = 0;
  std::uint32_t least = 0;
};

bool read_lead(unsigned char byte, Lead& lead) {
  if (byte < 0x80U)
    lead = {0, byte, 0};
  else if ((byte & 0xE0U) == 0xC0U)
    lead = {1, byte & 0x1FU, 0x80};
  else if ((byte & 0xF0U) == 0xE0U)
    lead = {2, byte & 0x0FU, 0x800};
  else if ((byte & 0xF8U) == 0xF0U)
    lead = {3, byte & 0x07U, 0x10000};
  else
    return false;
  return true;
}

// What shows nothing by itself: spaces, what joins or directs others, marks upon a letter.
constexpr std::pair<std::uint32_t, std::uint32_t> kInvisible[]{
    {0x20, 0x20},      {0xA0, 0xA0},     {0xAD, 0xAD},     {0x300, 0x36F},   {0x61C, 0x61C},
    {0x115F, 0x1160},  {0x1680, 0x1680}, {0x180B, 0x180F}, {0x2000, 0x200F}, {0x2028, 0x202F},
    {0x205F, 0x206F},  {0x20D0, 0x20F0}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xFE00, 0xFE0F},  {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB},
    {0xE0000, 0xE0FFF}};

bool is_invisible(std::uint32_t point) {
  return std::any_of(std::begin(kInvisible), std::end(kInvisible), [point](const auto& range) {
    return point >= range.first && point <= range.second;
  });
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    Lead lead;
    if (!read_lead(static_cast<unsigned char>(text[i]), lead) || i + lead.following >= text.size())
      return false;
    std::uint32_t point = lead.bits;
    for (std::size_t k = 1; k <= lead.following; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xC0U) != 0x80U) return false;
      point = (point << 6U) | (byte & 0x3FU);
    }
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < lead.least || point > 0x10FFFF || surrogate) return false;
    i += lead.following + 1;
  }
  return true;
}

bool is_blank(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    Lead lead;
    read_lead(static_cast<unsigned char>(text[i]), lead);
    std::uint32_t point = lead.bits;
    for (std::size_t k = 1; k <= lead.following; ++k)
      point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    if (!is_invisible(point)) return false;
    i += lead.following + 1;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20U || byte == 0x7FU) return true;
    const bool up_to_u00bf = byte == 0xC2U && i + 1 < text.size();
    if (up_to_u00bf && static_cast<unsigned char>(text[i + 1]) < 0xA0U) return true;
  }
  return false;
}

}  // namespace concert
