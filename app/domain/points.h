#pragma once

#include <cstdint>

namespace concert {

// Whole points of money. Every amount that the program handles is within 0 to kMaxPoints, except
// a ledger entry's, whose sign tells its direction.
using Points = std::int64_t;

// The largest integer that every JSON reader keeps exactly (2^53 - 1).
inline constexpr Points kMaxPoints = 9'007'199'254'740'991;

}  // namespace concert
