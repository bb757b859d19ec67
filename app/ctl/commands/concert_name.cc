#include "ctl/commands/concert_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace concert {

std::string fault_of_name(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  if (!is_utf8(text) || text.empty() || static_cast<std::size_t>(characters) > kLongest)
    return fmt::format("must be 1 to {} characters of UTF-8", kLongest);
  // The database takes it for none.
  if (is_blank(text)) return "must not be blank";
  // They would reach the terminal of whoever lists the concerts.
  if (has_control_characters(text)) return "must not hold control characters";
  // The database compares without the spaces at the end: two names would be one.
  if (text.ends_with(' ')) return "must not end with a space";
  return "";
}

}  // namespace concert
