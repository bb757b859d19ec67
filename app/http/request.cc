#include "http/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <random>

#include "base/encoding.h"

namespace concert {
namespace {

// Takes the segment up to the next slash off `path`.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = path.find('/');
  const std::string_view segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  return segment;
}

}  // namespace

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
    // A malformed escape is kept as it is: no valid value contains one.
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

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
  values.clear();
  while (!pattern.empty() && !path.empty() && path.front() == '/') {
    const std::string_view wanted = take_segment(pattern);
    const auto given = percent_decode(take_segment(path));
    if (!given) return false;
    if (wanted.front() == '{' && !given->empty()) {
      values.push_back(*given);
    } else if (wanted != *given) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

bool is_word(std::string_view value, std::string_view word) {
  value = trimmed(value);
  return std::equal(value.begin(), value.end(), word.begin(), word.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

}  // namespace concert
