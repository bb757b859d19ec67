#include "worker/fastcgi.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/parse_number.h"

namespace concert {
namespace {

std::optional<std::string> parameter(const FCGX_Request& fcgi, const char* name) {
  const char* value = FCGX_GetParam(name, fcgi.envp);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

// A header that was sent twice has both values with a line feed between them. No single value
// contains one and no form accepts one. nginx from 1.23 on joins the values itself, with a comma:
// for a header that may contain commas, such as Idempotency-Key, that looks like one value.
std::optional<std::string> header(const FCGX_Request& fcgi, std::string_view name) {
  std::optional<std::string> joined;
  for (char** entry = fcgi.envp; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (text.size() <= name.size() || text[name.size()] != '=' || !text.starts_with(name)) continue;
    if (joined) {
      joined->append("\n").append(text.substr(name.size() + 1));
    } else {
      joined.emplace(text.substr(name.size() + 1));
    }
  }
  return joined;
}

// Nothing for what is no number; for a number out of range the largest.
std::optional<std::size_t> content_length(const FCGX_Request& fcgi) {
  const std::string given = parameter(fcgi, "CONTENT_LENGTH").value_or("");
  if (given.empty()) return 0;
  if (given.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return parse_number<std::size_t>(given).value_or(std::numeric_limits<std::size_t>::max());
}

// By the clock of this host, which nginx reads too. 0 if nginx does not tell when it sent the
// request.
std::int64_t waited_ms(const FCGX_Request& fcgi) {
  const std::string sent = parameter(fcgi, "SENT_AT").value_or("");
  constexpr double kYear3000_s = 32'503'680'000;
  const double sent_s = parse_number<double>(sent, 0, kYear3000_s).value_or(0);
  if (sent_s == 0) return 0;
  const std::chrono::duration<double, std::milli> now =
      std::chrono::system_clock::now().time_since_epoch();
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(now.count() - sent_s * 1000));
}

// nginx sends the status line as it is given, and a client may insist on a phrase.
const char* reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

}  // namespace

Request read_head(const FCGX_Request& fcgi) {
  Request request;
  request.method = parameter(fcgi, "REQUEST_METHOD").value_or("");
  request.target = parameter(fcgi, "REQUEST_URI").value_or("/");
  request.content_type = parameter(fcgi, "CONTENT_TYPE").value_or("");
  request.content_encoding = header(fcgi, "HTTP_CONTENT_ENCODING").value_or("");
  request.token_header = header(fcgi, "HTTP_TOKEN");
  request.authorization = header(fcgi, "HTTP_AUTHORIZATION");
  request.idempotency_key = header(fcgi, "HTTP_IDEMPOTENCY_KEY");
  request.if_none_match = header(fcgi, "HTTP_IF_NONE_MATCH");
  request.request_id = parameter(fcgi, "REQUEST_ID").value_or("");
  if (!is_request_id(request.request_id)) request.request_id = new_request_id();
  // A header that was sent twice is malformed. A sampled trace costs the database more, so only a
  // trusted proxy may send one.
  if (parameter(fcgi, "TRACE_TRUSTED") == "1")
    request.trace = TraceParent::parse(header(fcgi, "HTTP_TRACEPARENT").value_or(""));
  request.waited_ms = waited_ms(fcgi);
  return request;
}

BodyOutcome read_body(const FCGX_Request& fcgi, std::string& body) {
  const auto length = content_length(fcgi);
  if (!length) return BodyOutcome::cut_short;
  if (*length > kMostBody) return BodyOutcome::too_large;
  body.resize(*length);
  std::size_t have = 0;
  while (have < *length) {
    const int got = FCGX_GetStr(body.data() + have, static_cast<int>(*length - have), fcgi.in);
    if (got <= 0) return BodyOutcome::cut_short;
    have += static_cast<std::size_t>(got);
  }
  return BodyOutcome::whole;
}

void write_response(const FCGX_Request& fcgi, const Response& response) {
  std::string head =
      fmt::format("Status: {} {}\r\n", response.status, reason_phrase(response.status));
  if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
  if (response.status != 204 && response.status != 304)
    head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  head += "\r\n";
  head += response.body;
  FCGX_PutStr(head.data(), static_cast<int>(head.size()), fcgi.out);
}

}  // namespace concert
