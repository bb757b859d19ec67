#pragma once

#include <string>
#include <string_view>

#include "support/http_client.h"

namespace concert::test {

// A connection to a port of this host over which a test sends what no HTTP client would.
class RawConnection {
 public:
  // Throws std::runtime_error if nothing listens there.
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void send(std::string_view bytes) const;
  // Closes the sending side; answers can still be read.
  void half_close() const;
  // Reads without waiting. Returns everything received since the connection began.
  const std::string& received();
  // Whether the server has closed the connection; as of the last received().
  bool has_ended() const { return ended_; }

 private:
  int fd_;
  std::string received_;
  bool ended_ = false;
};

// Sends `bytes` as they are to a port of this host, and reads the first answer. `said` is the
// request for the record of exchanges.
HttpResponse send_raw(int port, const std::string& bytes, const HttpRequest& said);

}  // namespace concert::test
