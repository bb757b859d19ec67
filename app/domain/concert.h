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

// Concerts with their dates, as an administrator wrote them down in one file.
struct TourDate {
  Instant starts_at;
  std::vector<Points> prices;  // of seats 1, 2, 3 ...
  std::string place;           // in the file, for messages: concerts[0].dates[2]
};

struct TourConcert {
  std::string title;
  std::string venue;
  std::vector<TourDate> dates;
  std::string place;
};

using Tour = std::vector<TourConcert>;

}  // namespace concert
