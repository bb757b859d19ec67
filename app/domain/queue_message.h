#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "domain/instant.h"

namespace concert {

// What an administrator tells everybody who waits in a queue, in each language of the pages. Both
// texts are one line, without control characters.
struct QueueMessage {
  std::string en;
  std::string ko;
  std::optional<Instant> until{};  // nothing: until it is cleared

  bool is_shown(Instant now) const { return !until || now < *until; }
  bool operator==(const QueueMessage&) const = default;
};

// How many characters each text has at most.
inline constexpr std::size_t kLongestMessage = 500;

}  // namespace concert
