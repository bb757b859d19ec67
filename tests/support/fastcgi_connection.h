#pragma once

#include <string>
#include <utility>
#include <vector>

namespace concert::test {

// A connection to concertd as nginx makes one, with the time between its steps in the test's hand.
class FastCgiConnection {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  // Throws std::runtime_error where nobody listens at `path`.
  explicit FastCgiConnection(const std::string& path);
  ~FastCgiConnection();
  FastCgiConnection(const FastCgiConnection&) = delete;
  FastCgiConnection& operator=(const FastCgiConnection&) = delete;

  // Sends a request; `keep` asks for the connection to stay open after its answer.
  void send(const Parameters& parameters, const std::string& body = "", bool keep = false) const;
  // All that comes until the end of an answer, or of the connection.
  std::string receive() const;

  // Asks for /livez; returns what comes back.
  std::string ask() const;
  std::string ask(const Parameters& parameters, const std::string& body) const;

 private:
  int fd_;
};

}  // namespace concert::test
