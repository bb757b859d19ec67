#pragma once

#include <string>
#include <string_view>

#include "support/http_client.h"

namespace concert::test {

// A connection to a port of this host over which a test sends what no HTTP client would.
class RawConnection {
 public:
  // Throws std::runtime_error where nobody takes it.
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void send(std::string_view bytes) const;
  // Says that nothing more will be sent; what comes can still be read.
  void half_close() const;
  // Reads what has come so far, without waiting. Returns all that has come since the beginning.
  const std::string& received();
  // Whether the server has closed the connection; as of the last received().
  bool has_ended() const { return ended_; }

 private:
  int fd_;
  std::string received_;
  bool ended_ = false;
};

// Sends `bytes` as they are to a port of this host, and reads the first answer. `said` tells the
// record what the bytes ask for.
HttpResponse send_raw(int port, const std::string& bytes, const HttpRequest& said);

}  // namespace concert::test
