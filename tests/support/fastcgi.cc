#include "support/fastcgi.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "support/sockets.h"

namespace concert::test {

FastCgiRequest::FastCgiRequest(std::vector<std::string> parameters, std::string body,
                               std::size_t piece)
    : parameters_(std::move(parameters)), body_(std::move(body)), piece_(piece) {
  for (std::string& parameter : parameters_) environment_.push_back(parameter.data());
  environment_.push_back(nullptr);
  stream_.isReader = 1;
  stream_.fillBuffProc = fill;
  stream_.data = this;
  request_.in = &stream_;
  request_.envp = environment_.data();
}

void FastCgiRequest::fill(FCGX_Stream* stream) {
  auto& self = *static_cast<FastCgiRequest*>(stream->data);
  const std::size_t size = std::min(self.piece_, self.body_.size() - self.given_);
  if (size == 0) {
    stream->isClosed = 1;
    return;
  }
  stream->rdNext = reinterpret_cast<unsigned char*>(self.body_.data()) + self.given_;
  stream->stopUnget = stream->rdNext;
  stream->stop = stream->rdNext + size;
  stream->wrNext = stream->stop;
  self.given_ += size;
}

namespace {

constexpr char kBegin = 1;
constexpr char kEnd = 3;
constexpr char kParameters = 4;
constexpr char kBody = 5;
constexpr std::size_t kHeader = 8;

std::string record(char type, const std::string& content) {
  std::string header("\1\0\0\1\0\0\0\0", kHeader);
  header[1] = type;
  header[4] = static_cast<char>(content.size() >> 8);
  header[5] = static_cast<char>(content.size());
  return header + content;
}

// One byte up to 127, four with the highest bit set past that.
std::string length(std::size_t size) {
  if (size < 128) return {static_cast<char>(size)};
  return {static_cast<char>(0x80 | size >> 24), static_cast<char>(size >> 16),
          static_cast<char>(size >> 8), static_cast<char>(size)};
}

// How long the record that begins with that header is.
std::size_t size_of(const std::string& header) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(header[at]); };
  return kHeader + (std::size_t(byte(4)) << 8) + byte(5) + byte(6);
}

}  // namespace

FastCgiConnection::FastCgiConnection(const std::string& path) : fd_(connect_to(path)) {
  if (fd_ < 0) throw std::runtime_error("nothing listens at " + path);
}

FastCgiConnection::~FastCgiConnection() { ::close(fd_); }

void FastCgiConnection::send(const Parameters& parameters, const std::string& body,
                             bool keep) const {
  std::string pairs;
  for (const auto& [name, value] : parameters)
    pairs += length(name.size()) + length(value.size()) + name + value;
  std::string request =
      record(kBegin, std::string(keep ? "\0\1\1\0\0\0\0\0" : "\0\1\0\0\0\0\0\0", 8));
  request += record(kParameters, pairs) + record(kParameters, "");
  if (!body.empty()) request += record(kBody, body);
  request += record(kBody, "");
  [[maybe_unused]] const auto sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
}

std::string FastCgiConnection::receive() const {
  std::string answer;
  std::size_t at = 0;  // where the record that is being read begins
  char buffer[1024];
  for (ssize_t got = 0; (got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(got));
    while (answer.size() >= at + kHeader) {
      const std::size_t end = at + size_of(answer.substr(at, kHeader));
      if (answer.size() < end) break;
      if (answer[at + 1] == kEnd) return answer;
      at = end;
    }
  }
  return answer;
}

std::string FastCgiConnection::ask() const {
  return ask({{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/livez"}}, "");
}

std::string FastCgiConnection::ask(const Parameters& parameters, const std::string& body) const {
  send(parameters, body);
  return receive();
}

}  // namespace concert::test
