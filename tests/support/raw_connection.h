#pragma once

#include <string_view>

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

 private:
  int fd_;
};

}  // namespace concert::test
