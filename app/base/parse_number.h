#pragma once

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace concert {

// Numbers in texts: decimal, in any locale, with a minus sign at most; no plus sign and no space.

// Takes the number that `text` begins with off its front. Nothing, and `text` as it was, if it
// begins with none or with one that Number cannot hold.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

// The number that the whole of `text` is, if it is one from `least` to `most`.
template <class Number>
std::optional<Number> parse_number(std::string_view text,
                                   Number least = std::numeric_limits<Number>::lowest(),
                                   Number most = std::numeric_limits<Number>::max()) {
  const std::optional<Number> number = take_number<Number>(text);
  const bool is_whole = number && text.empty();
  if (!is_whole || !(*number >= least && *number <= most)) return std::nullopt;
  return number;
}

}  // namespace concert
