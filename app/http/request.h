#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace_parent.h"
#include "service/access/token_text.h"

namespace concert {

// The longest body that is read.
inline constexpr std::size_t kMostBody = 16 * 1024;

// too_large: nothing was read. cut_short: there was less than CONTENT_LENGTH said, or that is no
// number.
enum class BodyOutcome { whole, too_large, cut_short };

// A request as the web server handed it over.
struct Request {
  std::string method;
  std::string target;  // path and query, undecoded
  std::string content_type;
  std::string content_encoding;
  std::optional<std::string> token_header;
  std::optional<std::string> authorization;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> if_none_match;
  std::string body;
  BodyOutcome body_outcome = BodyOutcome::whole;
  std::string request_id;
  std::optional<TraceParent> trace;
  std::int64_t waited_ms = 0;  // since nginx handed it over, until a worker took it
  std::chrono::steady_clock::time_point taken_at;  // when that was

  // The number of its route and the values of the path's {parameters}, in order; set by the router.
  std::optional<std::size_t> route;
  std::vector<std::string> path_values;

  // Where a read is to be sent, for its path is written with more slashes than it has; set by the
  // router. Path and query, of this host.
  std::optional<std::string> moved_to;

  // Turned away without being looked at, for more come than can be served.
  bool shed = false;

  // What its queue token says, once that was read.
  std::optional<TokenClaims> claims;

  // Whose it is, once a token told; for the log.
  mutable std::optional<UserId> user;

  std::string_view path() const;

  // The path with each slash once and none at its end: /concerts for //concerts/
  std::string plain_path() const;

  // The decoded values given for a query parameter.
  std::vector<std::string> query(std::string_view name) const;
};

// Whether `text` is a request id that a client may choose: 1 to 64 of A-Za-z0-9._-
bool is_request_id(std::string_view text);

// A random request id.
std::string new_request_id();

}  // namespace concert
