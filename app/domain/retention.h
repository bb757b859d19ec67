#pragma once

#include <cstdint>

namespace concert {

// How long what has ended can still be read. `keep_reservations_days`, the one that an
// administrator sets, is in the configuration; a token's longest life is in token.h.

// The answer under an Idempotency-Key, from the request on that earned it.
inline constexpr std::int64_t kIdempotencyKept_h = 24;

// A user's own records, with the token that a payment used up, from its end on.
inline constexpr std::int64_t kOwnRecordsReadable_h = 24;

// The row of a token, from its end on.
inline constexpr std::int64_t kTokensKept_h = 48;

// The note of an admission.
inline constexpr std::int64_t kAdmissionsKept_h = 48;

constexpr std::int64_t hours_to_ms(std::int64_t hours) { return hours * 3600 * 1000; }

}  // namespace concert
