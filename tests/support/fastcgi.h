#pragma once

#include <fcgiapp.h>

#include <string>
#include <utility>
#include <vector>

namespace concert::test {

// A request in memory, as libfcgi presents one of nginx: its parameters ("NAME=value") and its
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

// A connection to concertd as nginx makes one, with the time between its steps under the test's
// control.
class FastCgiConnection {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  // Throws std::runtime_error if nothing listens at `path`.
  explicit FastCgiConnection(const std::string& path);
  ~FastCgiConnection();
  FastCgiConnection(const FastCgiConnection&) = delete;
  FastCgiConnection& operator=(const FastCgiConnection&) = delete;

  // Sends a request; `keep` asks for the connection to stay open after its answer.
  void send(const Parameters& parameters, const std::string& body = "", bool keep = false) const;
  // Everything up to the end of an answer, or of the connection.
  std::string receive() const;

  // Asks for /livez; returns the answer.
  std::string ask() const;
  std::string ask(const Parameters& parameters, const std::string& body) const;

 private:
  int fd_;
};

}  // namespace concert::test
