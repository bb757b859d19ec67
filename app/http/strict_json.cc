#include "http/strict_json.h"

namespace concert {
namespace {

// Takes the digits that `text` begins with; whether there was one.
bool take_digits(std::string_view& text) {
  const std::size_t before = text.size();
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
  return text.size() < before;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_number(std::string_view text) {
  take_one_of(text, "-");
  if (!take_one_of(text, "0") && !take_digits(text)) return false;
  if (take_one_of(text, ".") && !take_digits(text)) return false;
  if (take_one_of(text, "eE")) {
    take_one_of(text, "+-");
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

}  // namespace

bool has_lenient_forms(std::string_view text) {
  bool in_string = false;
  char before = '\0';  // the last that is no white space
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (static_cast<unsigned char>(c) < 0x20U) return true;
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '\0' || c == '/' || (c == '}' && before == ',')) {
      return true;
    } else if (std::string_view("+-.0123456789").find(c) != std::string_view::npos) {
      const std::size_t end = text.find_first_not_of("+-.0123456789eE", i);
      const std::string_view number = text.substr(i, end == std::string_view::npos ? end : end - i);
      if (!is_number(number)) return true;
      i += number.size() - 1;
    }
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) before = c;
  }
  return false;
}

}  // namespace concert
