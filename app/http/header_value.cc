#include "http/header_value.h"

#include <algorithm>
#include <cctype>

namespace concert {

std::string_view trimmed(std::string_view value) {
  constexpr std::string_view kBlank = " \t";
  const auto first = value.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(kBlank) - first + 1);
}

bool is_word(std::string_view value, std::string_view word) {
  value = trimmed(value);
  return std::equal(value.begin(), value.end(), word.begin(), word.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

}  // namespace concert
