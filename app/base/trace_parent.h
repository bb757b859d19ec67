#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace concert {

// The trace that a request belongs to, from the W3C header `traceparent`: version 00, only
// lower-case hexadecimal digits and dashes.
class TraceParent {
 public:
  // Empty for any other text: a header of another form is ignored.
  static std::optional<TraceParent> parse(std::string_view text);

  // The header as it was received.
  const std::string& text() const { return text_; }
  // 32 digits, not all of them 0.
  std::string_view trace_id() const { return std::string_view(text_).substr(3, 32); }
  // The caller's span: 16 digits, not all of them 0.
  std::string_view span_id() const { return std::string_view(text_).substr(36, 16); }
  // Whether the caller records this trace: the lowest bit of its flags.
  bool is_sampled() const;

 private:
  explicit TraceParent(std::string_view text) : text_(text) {}

  std::string text_;
};

}  // namespace concert
