#pragma once

#include <fcgiapp.h>

#include <string>
#include <vector>

namespace concert::test {

// A request in memory, as libfcgi hands one of nginx out: its parameters ("NAME=value") and its
// body, of which `piece` bytes are there at a time.
class FastCgiRequest {
 public:
  FastCgiRequest(std::vector<std::string> parameters, std::string body, std::size_t piece);
  FastCgiRequest(const FastCgiRequest&) = delete;
  FastCgiRequest& operator=(const FastCgiRequest&) = delete;

  const FCGX_Request& get() const { return request_; }

 private:
  static void fill(FCGX_Stream* stream);

  std::vector<std::string> parameters_;
  std::vector<char*> environment_;
  std::string body_;
  std::size_t piece_;
  std::size_t given_ = 0;
  FCGX_Stream stream_{};
  FCGX_Request request_{};
};

}  // namespace concert::test
