#pragma once

#include <json/forwards.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

// Whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text);

// Whether nothing of `text`, which is UTF-8, would be seen: empty, or nothing but spaces, format
// characters and marks without a letter below them.
bool is_blank(std::string_view text);

// Whether `text`, which is UTF-8, holds a control character (U+0000 to U+001F, U+007F to U+009F), a
// line or paragraph separator (U+2028, U+2029) or a control of the text's direction (as U+202E).
bool has_control_characters(std::string_view text);

// `text` as UTF-8 that a terminal only shows: each byte of such a character, and each byte that is
// not UTF-8, is written as \x1B.
std::string escaped(std::string_view text);

// Whether the byte of UTF-8 is not the first of its character.
inline bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// How many characters `text`, which is UTF-8, has.
std::size_t characters_of(std::string_view text);

// Replaces each %XX by its byte; nothing if an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text);

// Each byte as two digits, 0 to 9 and a to f.
std::string hex(std::string_view bytes);

// `text` without the characters of `blank` around it.
std::string_view trimmed(std::string_view text, std::string_view blank = " \t");

// A document on one line, in UTF-8.
std::string json_text(const Json::Value& value);

// The number that is written as an integer, not as 1.0 or 1e3, if there is one of 64 bits.
std::optional<std::int64_t> json_integer(const Json::Value& value);

}  // namespace concert
