#pragma once

#include "domain/ids.h"

namespace concert {

// Whole points of money. Every amount that the program handles is within 0 to kMaxPoints, except
// a ledger entry's, whose sign tells its direction.
using Points = std::int64_t;

inline constexpr Points kMaxPoints = kMaxExactInteger;

}  // namespace concert
