#pragma once

#include <string>
#include <vector>

#include "domain/instant.h"
#include "domain/points.h"

namespace concert {

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
