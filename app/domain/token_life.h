#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "domain/instant.h"

namespace concert {

// No token outlives its issue by more than this.
inline constexpr std::int64_t kLongestTokenLife_ms = 24LL * 3600 * 1000;

// How long an active token lives. A use promises `active_ms` more; the database keeps a tenth
// more than that, so a use within the next tenth need not be written. A token therefore lives
// `active_ms` after its last use, never less and at most a tenth more.
class TokenLife {
 public:
  explicit TokenLife(std::int64_t active_seconds) : active_ms_(active_seconds * 1000) {}

  // The end to write at a use, or at admission.
  Instant end_to_write(Instant now, Instant issued_at) const {
    return std::min(now + active_ms_ + active_ms_ / 10, issued_at + kLongestTokenLife_ms);
  }

  // The end to promise to the user at a use.
  Instant promised_end(Instant now, Instant issued_at) const {
    return std::min(now + active_ms_, issued_at + kLongestTokenLife_ms);
  }

  // No wait is longer: who is admitted at its end still has a whole active life.
  std::int64_t longest_wait_ms() const {
    return std::max<std::int64_t>(1000, kLongestTokenLife_ms - active_ms_);
  }

  // The end of a wait for which `end` is written, perhaps while `active_ms` was less.
  Instant wait_end(Instant end, Instant issued_at) const {
    return std::min(end, issued_at + longest_wait_ms());
  }

  // Whether a use at `now` must be written, given the end that is written.
  bool must_write(Instant now, Instant issued_at, Instant written_end) const {
    return promised_end(now, issued_at) > written_end;
  }

 private:
  std::int64_t active_ms_;
};

}  // namespace concert
