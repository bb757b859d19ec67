// How the target of a request becomes a route's values and a page: the target is the input.
#include <algorithm>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "domain/refusal.h"
#include "domain/user_id.h"
#include "fuzz/property.h"
#include "http/body.h"
#include "openapi_paths.inc"

namespace concert::fuzz {
namespace {

std::string percent_encode(std::string_view plain) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
  }
  return text;
}

void require_round_trip(std::string_view text) {
  require(percent_decode(percent_encode(text)) == text, "what is encoded decodes to itself");
  const auto plain = percent_decode(text);
  if (!plain) return;
  require(plain->size() <= text.size(), "decoding adds nothing");
  const auto escapes = static_cast<std::size_t>(std::count(text.begin(), text.end(), '%'));
  require(plain->size() == text.size() - 2 * escapes, "each escape is one byte");
}

// A path value as the handlers read it: an id, or a user.
void require_value(const std::string& value) {
  require(!value.empty(), "a value is something");
  if (const auto id = parse_positive(value)) {
    require(*id >= 1 && *id <= kMaxId, "an id is in range");
    require(std::to_string(*id) == value, "an id has one spelling");
  }
  if (const auto user = UserId::parse(value)) {
    std::string lower = value;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    require(user->text() == lower, "a user is as given, in lower case");
  }
}

// The path of `pattern` with these values in it.
std::string filled(std::string_view pattern, const std::vector<std::string>& values) {
  std::string path;
  std::size_t used = 0;
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    path += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    path += percent_encode(values.at(used++));
    pattern.remove_prefix(pattern.find('}') + 1);
  }
  require(used == values.size(), "a pattern gives a value for each of its parameters");
  return path;
}

void require_one_pattern(std::string_view path) {
  int fitting = 0;
  for (const char* const pattern : kOpenapiPaths) {
    std::vector<std::string> values;
    if (!fits(pattern, path, values)) continue;
    ++fitting;
    std::for_each(values.begin(), values.end(), require_value);
    std::vector<std::string> again;
    require(fits(pattern, filled(pattern, values), again), "a path with its values fits again");
    require(again == values, "a path gives its values back");
  }
  require(fitting <= 1, "a path fits one pattern at most");
}

void require_query(const Request& request) {
  for (const char* const name : {"limit", "after", "status", ""}) {
    const auto values = request.query(name);
    require(values.size() <= 1 + static_cast<std::size_t>(
                                     std::count(request.target.begin(), request.target.end(), '&')),
            "a query has no more values than parts");
  }
  try {
    const PageRequest page = parse_page(request);
    require(page.limit >= 1 && page.limit <= 100, "a page has 1 to 100 items");
    require(!page.after || (*page.after >= 1 && *page.after <= 9'007'199'254'740'991),
            "a page begins after an id");
    const auto limit = request.query("limit");
    require(limit.empty() ? page.limit == 20 : limit.front() == std::to_string(page.limit),
            "a limit is the one that was given");
    require(request.query("after").empty() == !page.after, "an id is the one that was given");
  } catch (const Refusal& refusal) {
    require(refusal.reason() == Reason::field_invalid, "a page is refused as a field");
    require(!request.query(refusal.field()).empty(), "what is refused was given");
  }
}

}  // namespace
}  // namespace concert::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace concert;
  Request request;
  request.target = fuzz::text_of(data, size);
  fuzz::require(request.target.rfind(request.path(), 0) == 0, "a path begins its target");
  fuzz::require(request.path().find('?') == std::string_view::npos, "a path has no query");
  fuzz::require_round_trip(request.target);
  fuzz::require_one_pattern(request.path());
  fuzz::require_query(request);
  return 0;
}
