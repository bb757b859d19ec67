#pragma once

#include <string_view>

namespace concert {

// `value` without the spaces and tabs around it.
std::string_view trimmed(std::string_view value);

// Whether `value` is `word`, which is in lower case, in either case and with white space around it.
bool is_word(std::string_view value, std::string_view word);

}  // namespace concert
