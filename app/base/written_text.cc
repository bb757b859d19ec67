#include "base/written_text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/encoding.h"

namespace concert {
namespace {

struct Freed {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }  // NOLINT: utf8proc's own
};

std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* made = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &made,
                                   static_cast<utf8proc_option_t>(options));
  if (length == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (length < 0) throw std::invalid_argument("the text is not UTF-8");
  const std::unique_ptr<utf8proc_uint8_t, Freed> owner(made);
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(length)};
}

// Calls `take(point, bytes)` for each code point.
template <class Take>
void each_point(std::string_view text, Take take) {
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (length <= 0) throw std::invalid_argument("the text is not UTF-8");
    take(point, text.substr(0, static_cast<std::size_t>(length)));
    text.remove_prefix(static_cast<std::size_t>(length));
  }
}

bool is_white_space(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t kNextLine = 0x85;
  if ((point >= '\t' && point <= '\r') || point == kNextLine) return true;
  const auto category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool is_invisible_formatting(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t kTextSelector = 0xFE0E;
  constexpr utf8proc_int32_t kEmojiSelector = 0xFE0F;
  if (point == kTextSelector || point == kEmojiSelector) return false;
  const utf8proc_property_t* const property = utf8proc_get_property(point);
  // The visible format characters are signs that precede a number, such as U+0600.
  return property->ignorable || (property->category == UTF8PROC_CATEGORY_CF &&
                                 property->boundclass != UTF8PROC_BOUNDCLASS_PREPEND);
}

// `text` without white space around it.
std::string_view without_outer_space(std::string_view text) {
  std::size_t first = text.size();
  std::size_t end = text.size();
  each_point(text,
             [&, at = std::size_t{0}](utf8proc_int32_t point, std::string_view bytes) mutable {
               const std::size_t begin = at;
               at += bytes.size();
               if (is_white_space(point)) return;
               if (first == text.size()) first = begin;
               end = at;
             });
  return text.substr(first, end - first);
}

}  // namespace

std::string tidied(std::string_view text) {
  return std::string(without_outer_space(mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE)));
}

std::string alike_form(std::string_view text) {
  const std::string folded =
      mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  std::string form;
  bool was_space = false;
  each_point(without_outer_space(folded), [&](utf8proc_int32_t point, std::string_view bytes) {
    const bool is_space = is_white_space(point);
    if (!is_space) form += bytes;
    if (is_space && !was_space) form += ' ';
    was_space = is_space;
  });
  return form;
}

bool has_invisible_formatting(std::string_view text) {
  bool found = has_control_characters(text);
  each_point(text, [&](utf8proc_int32_t point, std::string_view) {
    found = found || is_invisible_formatting(point);
  });
  return found;
}

}  // namespace concert
