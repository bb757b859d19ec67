#pragma once

#include <memory>
#include <string>

#include "support/exchange.h"

namespace concert::test {

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
