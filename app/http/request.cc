#include "http/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/encoding.h"

namespace concert {

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string Request::plain_path() const {
  std::string plain;
  for (const char c : path()) {
    if (c != '/' || plain.empty() || plain.back() != '/') plain += c;
  }
  if (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

std::vector<std::string> Request::query(std::string_view name) const {
  std::vector<std::string> values;
  const auto question = target.find('?');
  std::string_view rest = question == std::string::npos
                              ? std::string_view()
                              : std::string_view(target).substr(question + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto equals = pair.find('=');
    const auto key = percent_decode(pair.substr(0, equals));
    if (!key || *key != name) continue;
    // A malformed escape is kept as it is: it fits no rule that a value must meet.
    const std::string_view raw =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    values.push_back(percent_decode(raw).value_or(std::string(raw)));
  }
  return values;
}

bool is_request_id(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::string new_request_id() {
  static std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{:016x}{:016x}", random(), random());
}

}  // namespace concert
