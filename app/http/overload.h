#pragma once

#include <cstdint>

namespace concert {

// Whether a worker should turn requests away because more come than the machine can serve. A crowd
// that comes at once is served in its order, however long that takes, and so are busy hours in
// which everybody waits a little. Only once every request has waited far too long for seconds on
// end, those that waited long are told to come back, so that the rest is served soon. It ends when
// nobody has waited long for a second.
class Overload {
 public:
  static constexpr std::int64_t kTooLong_ms = 250;
  static constexpr std::int64_t kLong_ms = 50;
  static constexpr std::int64_t kPatience_ms = 10'000;
  static constexpr std::int64_t kCalm_ms = 1000;

  // Takes note of a request that came up at `now_ms` after a wait of `waited_ms`, and says whether
  // to turn it away. Logs when that begins and ends.
  bool sheds(std::int64_t now_ms, std::int64_t waited_ms);

 private:
  bool overloaded_ = false;
  std::int64_t last_long_ms_ = 0;
  std::int64_t long_since_ms_ = 0;
};

}  // namespace concert
