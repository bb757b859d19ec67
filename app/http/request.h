#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace_parent.h"

namespace concert {

// The longest body that is read.
inline constexpr std::size_t kMostBody = 16 * 1024;

// too_large: nothing was read. cut_short: fewer bytes came than CONTENT_LENGTH says, or it is no
// number.
enum class BodyOutcome { whole, too_large, cut_short };

// A request as the web server handed it over. Nothing changes it once it is read; what the service
// learns of it is in its Call.
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
  std::int64_t waited_ms = 0;  // from when nginx handed it over until a worker took it
  std::chrono::steady_clock::time_point taken_at;  // when the worker took it

  // GET or HEAD.
  bool is_read() const { return method == "GET" || method == "HEAD"; }

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

// Whether `path`, undecoded, fits `pattern`, as in /concerts/{concertId}/dates. If so, `values` are
// those of its {parameters}, decoded, in order, none of them empty.
bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& values);

// Whether a header's value is `word`, given in lower case; in either case and with white space
// around it.
bool is_word(std::string_view value, std::string_view word);

}  // namespace concert
