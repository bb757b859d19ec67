#pragma once

#include <json/json.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace concert::test {

using Headers = std::map<std::string, std::string>;

// An answer as it came over the wire.
struct HttpResponse {
  int status = 0;
  Headers headers;  // names in lower case; the values of a repeated one joined with ", "
  std::string body;

  // The body as JSON; null if it is none.
  Json::Value json() const;
  // The value of a header; empty if it is absent.
  std::string header(const std::string& name) const;
  // Status and code in short: "201", or of a problem "409 SEAT_LIMIT".
  std::string outcome() const;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;
  Headers headers = {};
  std::optional<std::string> body = std::nullopt;
};

// Notes an exchange in `api_exchanges.jsonl` in the build folder, as tests/api/check_contract.py
// reads it. The program's first exchange truncates the file.
void record(const HttpRequest& request, const HttpResponse& response);

// The name in lower case and the value of a line of a response's head; nothing if it has no colon.
std::optional<std::pair<std::string, std::string>> parse_header(const std::string& line);
// Adds a line of a response's head to `headers`.
void add_header(Headers& headers, const std::string& line);

std::string lower(std::string text);

// The value of a JSON text; null if it is none.
Json::Value parse_json(const std::string& text);
// JSON text on one line.
std::string compact(const Json::Value& value);

// Sends requests to one server over a kept connection; not for two threads at once. Every
// exchange is recorded.
class HttpClient {
 public:
  // `base_url` like http://127.0.0.1:8080
  explicit HttpClient(std::string base_url);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Throws std::runtime_error if there was no whole answer.
  HttpResponse send(const HttpRequest& request);

 private:
  struct Handle;
  std::string base_url_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace concert::test
