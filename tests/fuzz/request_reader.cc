// How a worker reads what nginx passes: parameters, one a line, an empty line, and the body.
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "fuzz/property.h"
#include "support/fastcgi.h"
#include "worker/fastcgi.h"

namespace concert::fuzz {
namespace {

struct Input {
  std::vector<std::string> parameters;
  std::string body;
};

Input split(std::string_view text) {
  Input input;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty()) break;
    // A parameter ends at its first NUL, as any C string.
    input.parameters.emplace_back(line.substr(0, line.find('\0')));
  }
  input.body = text;
  return input;
}

// The values given for `name`.
std::vector<std::string> values(const Input& input, const std::string& name) {
  std::vector<std::string> found;
  for (const std::string& parameter : input.parameters) {
    if (parameter.rfind(name + "=", 0) == 0) found.push_back(parameter.substr(name.size() + 1));
  }
  return found;
}

std::string first(const Input& input, const std::string& name, const std::string& otherwise) {
  const auto found = values(input, name);
  return found.empty() ? otherwise : found.front();
}

void require_header(const Input& input, const std::string& name,
                    const std::optional<std::string>& read) {
  const auto given = values(input, name);
  require(read.has_value() == !given.empty(), "a header is there if it was sent");
  std::string joined;
  for (std::size_t i = 0; i < given.size(); ++i) joined += (i == 0 ? "" : "\n") + given[i];
  require(read.value_or("") == joined, "a header is all that was sent of it");
}

void require_head(const Input& input, const Request& request) {
  require(request.method == first(input, "REQUEST_METHOD", ""), "the method is as sent");
  require(request.target == first(input, "REQUEST_URI", "/"), "the target is as sent");
  require(request.content_type == first(input, "CONTENT_TYPE", ""), "the type is as sent");
  require_header(input, "HTTP_TOKEN", request.token_header);
  require_header(input, "HTTP_AUTHORIZATION", request.authorization);
  require_header(input, "HTTP_IDEMPOTENCY_KEY", request.idempotency_key);
  const auto traces = values(input, "HTTP_TRACEPARENT");
  require(!request.trace || (traces.size() == 1 && request.trace->text() == traces.front() &&
                             request.trace->text().size() == 55),
          "a trace is what was sent, once");
  require(is_request_id(request.request_id), "a request id is well formed");
  const std::string id = first(input, "REQUEST_ID", "");
  require(!is_request_id(id) || request.request_id == id, "a good request id is kept");
}

// What CONTENT_LENGTH promises: nothing for what is no number.
std::optional<std::string> promised_digits(const Input& input) {
  std::string digits = first(input, "CONTENT_LENGTH", "");
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  digits.erase(0, digits.find_first_not_of('0'));
  return digits;
}

void require_body(const Input& input, BodyOutcome outcome, const std::string& body) {
  require(body.size() <= kMostBody, "a body has 16 KiB at most");
  const auto digits = promised_digits(input);
  if (!digits) {
    require(outcome == BodyOutcome::cut_short, "what is no length promises nothing");
    return;
  }
  const bool too_large =
      digits->size() > 5 || (!digits->empty() && std::stoul(*digits) > kMostBody);
  require((outcome == BodyOutcome::too_large) == too_large, "too large is more than 16 KiB");
  if (too_large) {
    require(body.empty(), "what is too large is not read");
    return;
  }
  const std::size_t length = digits->empty() ? 0 : std::stoul(*digits);
  require((outcome == BodyOutcome::whole) == (length <= input.body.size()),
          "a body is whole if all of it came");
  if (outcome == BodyOutcome::whole)
    require(body == input.body.substr(0, length), "the body is what came, and no more of it");
}

}  // namespace
}  // namespace concert::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace concert;
  const fuzz::Input input = fuzz::split(fuzz::text_of(data, size));
  for (const std::size_t piece : {std::size_t(1), std::size_t(13), std::size_t(1) << 20U}) {
    const test::FastCgiRequest sent(input.parameters, input.body, piece);
    fuzz::require_head(input, read_head(sent.get()));
    std::string body;
    const BodyOutcome outcome = read_body(sent.get(), body);
    fuzz::require_body(input, outcome, body);
  }
  return 0;
}
