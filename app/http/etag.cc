#include "http/etag.h"

#include <fmt/format.h>

#include <functional>
#include <string_view>

#include "http/header_value.h"

namespace concert {
namespace {

// The opaque part of an ETag: a cache may know it as a strong or as a weak one.
std::string_view opaque(std::string_view tag) {
  tag = trimmed(tag);
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// Whether If-None-Match names `tag`, an opaque part. Ours have no comma, so each comma ends a tag.
bool names(std::string_view if_none_match, std::string_view tag) {
  for (;;) {
    const auto end = if_none_match.find_first_of(",\n");  // a line feed: the header was sent twice
    const std::string_view given = opaque(if_none_match.substr(0, end));
    if (given == tag || given == "*") return true;
    if (end == std::string_view::npos) return false;
    if_none_match.remove_prefix(end + 1);
  }
}

}  // namespace

Response revalidated(const Request& request, Response&& response) {
  // Whoever can choose a body gains nothing by two with one hash.
  const std::string tag = fmt::format("\"{:x}-{:x}\"", response.body.size(),
                                      std::hash<std::string_view>{}(response.body));
  response.is_revalidated = true;
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  response.headers.emplace_back("ETag", "W/" + tag);
  if (request.if_none_match && names(*request.if_none_match, tag)) {
    response.status = 304;
    response.content_type.clear();
    response.body.clear();
  }
  return std::move(response);
}

}  // namespace concert
