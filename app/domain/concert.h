#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/seat.h"

namespace concert {

struct Concert {
  ConcertId id;
  std::string title;
  std::string venue;
  std::optional<Instant> next_starts_at;  // of the dates that have not begun
};

struct ConcertDate {
  DateId id;
  Instant starts_at;
  SeatNumber seat_count = 0;
};

// The dates of a concert that have not begun, in order of their beginning.
struct BookableDates {
  ConcertId concert;
  std::string title;
  std::vector<ConcertDate> dates;
};

}  // namespace concert
