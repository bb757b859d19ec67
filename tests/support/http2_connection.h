#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/raw_connection.h"

namespace concert::test {

// A connection that speaks HTTP/2 without TLS, with each frame under the test's control: streams
// that are reset, and more of them at once than a well-behaved client would open.
class Http2Connection {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

  // `unread` makes a client that takes the headers of answers and no byte of their bodies. Throws
  // std::runtime_error if nothing listens there.
  enum class Bodies { read, unread };
  explicit Http2Connection(int port, Bodies bodies = Bodies::read);

  // Begins a request in a new stream and returns the stream's number.
  int request(const std::string& method, const std::string& path, const Headers& headers = {},
              const std::string& body = "");
  // The same; the announced body is never sent.
  int begin(const std::string& method, const std::string& path, const Headers& headers);
  // RST_STREAM: the client cancels the request.
  void reset(int stream) const;

  // Reads without waiting. The status of each answer, by stream; kRefused
  // for a stream that the server has reset.
  static constexpr int kRefused = 0;
  const std::map<int, int>& statuses();
  // Whether the server has closed the connection; as of the last statuses().
  bool has_ended() const { return connection_.has_ended(); }
  // What the server allows, once statuses() has seen its SETTINGS; 0 before.
  int max_concurrent_streams() const { return max_concurrent_streams_; }

 private:
  int send_headers(int flags, const std::string& method, const std::string& path,
                   const Headers& headers);
  void send_frame(int type, int flags, int stream, const std::string& payload) const;
  void take_frame(int type, int stream, const std::string& payload);

  RawConnection connection_;
  int next_stream_ = 1;
  std::size_t taken_ = 0;
  int max_concurrent_streams_ = 0;
  std::map<int, int> statuses_;
};

}  // namespace concert::test
