#include "base/trace_parent.h"

#include <cstddef>

namespace concert {
namespace {

// 00-<32 digits>-<16 digits>-<2 digits>
constexpr std::string_view kForm = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";

// The standard has no upper case here.
bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool has_form(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'x' ? !is_hex_digit(text[i]) : text[i] != kForm[i]) return false;
  }
  return true;
}

bool is_zero(std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

bool TraceParent::is_sampled() const {
  return std::string_view("13579bdf").find(text_.back()) != std::string_view::npos;
}

std::optional<TraceParent> TraceParent::parse(std::string_view text) {
  if (!has_form(text)) return std::nullopt;
  TraceParent parent(text);
  if (is_zero(parent.trace_id()) || is_zero(parent.span_id())) return std::nullopt;
  return parent;
}

}  // namespace concert
