#pragma once

#include <string_view>

namespace concert {

// Whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text);

// Whether nothing of `text`, which is UTF-8, would be seen: spaces of any kind and the like, or
// nothing at all.
bool is_blank(std::string_view text);

// Whether `text`, which is UTF-8, holds one of U+0000 to U+001F or U+007F to U+009F.
bool has_control_characters(std::string_view text);

}  // namespace concert
