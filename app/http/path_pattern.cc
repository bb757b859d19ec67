#include "http/path_pattern.h"

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

}  // namespace concert
