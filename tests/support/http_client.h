#pragma once

#include <json/json.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

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
  // What a test asks first: "201", or of a problem "409 SEAT_LIMIT".
  std::string outcome() const;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;
  Headers headers = {};
  std::optional<std::string> body = std::nullopt;
};

// Sends requests to one server over a kept connection; not for two threads at once. Every
// exchange of the program is recorded in `api_exchanges.jsonl` in the build folder, as
// tests/api/check_contract.py reads it.
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

// Sends `bytes` as they are to a port of this host, and reads the first answer. `said` tells the
// record what the bytes ask for.
HttpResponse send_raw(int port, const std::string& bytes, const HttpRequest& said);

// JSON text on one line.
std::string compact(const Json::Value& value);

}  // namespace concert::test
