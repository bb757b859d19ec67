#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace concert {

// Whose trace a request belongs to, as the W3C header `traceparent` tells it: version 00, and
// nothing in it but lower-case hexadecimal digits and dashes.
class TraceParent {
 public:
  // Nothing for any other text, however close: what is not understood is left alone.
  static std::optional<TraceParent> parse(std::string_view text);

  // The whole of it, as it came.
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
