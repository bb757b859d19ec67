#pragma once

#include <cstdint>

namespace concert {

// The largest integer that every JSON reader keeps exactly (2^53 - 1). The API takes and gives none
// that is larger.
inline constexpr std::int64_t kMaxExactInteger = 9'007'199'254'740'991;

}  // namespace concert
