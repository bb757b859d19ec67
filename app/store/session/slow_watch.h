#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/metrics.h"

namespace concert {

// Lives as long as a statement takes. If that is longer than `limit_ms` (0: no limit), it logs a
// warning with the current request and trace, the statement's text without its values, and the
// database's number of the connection (0: not known). `metrics` may be null.
class SlowWatch {
 public:
  SlowWatch(const std::string& sql, std::int64_t limit_ms, std::int64_t connection_id,
            Metrics* metrics);
  ~SlowWatch();
  SlowWatch(const SlowWatch&) = delete;
  SlowWatch& operator=(const SlowWatch&) = delete;

 private:
  void tell(std::int64_t taken_ms) const;

  const std::string& sql_;
  std::int64_t limit_ms_;
  std::int64_t connection_id_;
  Metrics* metrics_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace concert
