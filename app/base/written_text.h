#pragma once

#include <string>
#include <string_view>

namespace concert {

// Texts that people write, such as the title of a concert. Each must be UTF-8: see is_utf8().

// `text` as it is kept: in NFC, without white space around it.
std::string tidied(std::string_view text);

// What two texts that readers take for the same have in common: "Gala " and "GALA", an accent that
// is one character or two. It is in NFC and case folded; white space is one space, and none is
// around it; nothing in it is invisible.
std::string alike_form(std::string_view text);

// Whether `text` holds a character that is not seen and formats what is around it: U+200B, U+00AD.
// The two selectors that choose between text and emoji (U+FE0E, U+FE0F) are not among them, because
// phones write them; the characters that has_control_characters() finds are.
bool has_invisible_formatting(std::string_view text);

}  // namespace concert
