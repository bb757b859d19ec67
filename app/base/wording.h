#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.h"

namespace concert {

// How many items of a list a message names.
inline constexpr std::size_t kNamedOfList = 10;

// Names the first ten of `all` and counts the rest: "1, 2, 3", or "1, 2, ..., 10 and 990 more".
template <class List>
std::string few_of(const List& all, std::string_view separator = ", ") {
  std::string text;
  std::size_t count = 0;
  for (const auto& one : all) {
    if (++count <= kNamedOfList) text += fmt::format("{}{}", count == 1 ? "" : separator, one);
  }
  if (count > kNamedOfList) text += fmt::format(" and {} more", count - kNamedOfList);
  return text;
}

// How many bytes of a value that somebody wrote a message shows.
inline constexpr std::size_t kShownOfValue = 255;

// `value`, or the beginning of a long one and three dots. No character of UTF-8 is cut in two. What
// a terminal would obey is shown as \x1B.
inline std::string excerpt_of(std::string_view value) {
  const bool is_long = value.size() > kShownOfValue;
  if (is_long) {
    constexpr std::size_t kMostContinuing = 3;  // bytes of a character, behind its first
    std::size_t length = kShownOfValue;
    while (length > kShownOfValue - kMostContinuing && continues_character(value[length])) --length;
    value = value.substr(0, length);
  }
  return escaped(value) + (is_long ? "..." : "");
}

// A message that may have several lines, with the characters that a terminal obeys shown as \x1B.
// Only the ends of its lines stay.
inline std::string escaped_lines(std::string_view message) {
  std::string shown;
  for (auto end = message.find('\n'); end != std::string_view::npos; end = message.find('\n')) {
    shown += escaped(message.substr(0, end)) + '\n';
    message.remove_prefix(end + 1);
  }
  return shown + escaped(message);
}

// "1 concert", "2 concerts": for a noun whose plural ends with an s.
inline std::string count_of(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace concert
