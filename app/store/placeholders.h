#pragma once

#include <bit>
#include <cstddef>
#include <string>

#include "domain/seat.h"

namespace concert {

// "?, ?, ?" for a list of `count` values.
inline std::string placeholders(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ", ?";
  return text;
}

// `seats` with the last one repeated up to a power of two, for an IN list: lists of any length then
// need few prepared statements, of which a server keeps a limited number.
inline SeatNumbers padded(SeatNumbers seats) {
  const SeatNumber last = seats.back();
  seats.resize(std::bit_ceil(seats.size()), last);
  return seats;
}

}  // namespace concert
