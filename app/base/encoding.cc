#include "base/encoding.h"

#include <fmt/format.h>
#include <json/json.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <sstream>

namespace concert {
namespace {

// Whether `text` is UTF-8 and each of its code points is `wanted`.
template <class Wanted>
bool all_points(std::string_view text, Wanted wanted) {
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (length <= 0 || !wanted(point)) return false;
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return true;
}

bool is_invisible(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t kBrailleBlank = 0x2800;  // a symbol, for Unicode
  if (point == kBrailleBlank || utf8proc_get_property(point)->ignorable) return true;
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME: return true;
    default: return false;
  }
}

// Breaks a line, or changes the direction of the text around it (Unicode's Bidi_Control).
bool is_control(utf8proc_int32_t point) {
  const auto within = [&](utf8proc_int32_t first, utf8proc_int32_t last) {
    return point >= first && point <= last;
  };
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return true;
    case UTF8PROC_CATEGORY_CF:
      return point == 0x061C || within(0x200E, 0x200F) || within(0x202A, 0x202E) ||
             within(0x2066, 0x2069);
    default: return false;
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  return all_points(text, [](utf8proc_int32_t) { return true; });
}

bool is_blank(std::string_view text) { return all_points(text, is_invisible); }

bool has_control_characters(std::string_view text) {
  return !all_points(text, [](utf8proc_int32_t point) { return !is_control(point); });
}

std::string escaped(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &point);
    const std::string_view character =
        text.substr(0, length > 0 ? static_cast<std::size_t>(length) : 1);
    if (length > 0 && !is_control(point)) {
      shown += character;
    } else {
      for (const char byte : character)
        shown += fmt::format("\\x{:02X}", static_cast<unsigned char>(byte));
    }
    text.remove_prefix(character.size());
  }
  return shown;
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    unsigned byte = 0;
    const char* const end = text.data() + i + 3;
    const auto result = std::from_chars(text.data() + i + 1, end, byte, 16);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

std::string hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const char byte : bytes) digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return digits;
}

std::string_view trimmed(std::string_view text, std::string_view blank) {
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string json_text(const Json::Value& value) {
  // Making a writer costs more than writing: one is kept.
  static const std::unique_ptr<Json::StreamWriter> writer = [] {
    Json::StreamWriterBuilder builder;
    builder["indentation"] = "";
    builder["emitUTF8"] = true;
    return std::unique_ptr<Json::StreamWriter>(builder.newStreamWriter());
  }();
  std::ostringstream out;
  writer->write(value, &out);
  return out.str();
}

std::optional<std::int64_t> json_integer(const Json::Value& value) {
  // jsoncpp calls 1.0 and 1e3 integral.
  const bool is_written_as_integer =
      value.type() == Json::intValue || value.type() == Json::uintValue;
  if (!is_written_as_integer || !value.isInt64()) return std::nullopt;
  return value.asInt64();
}

}  // namespace concert
