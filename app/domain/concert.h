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

// What an organiser says of a concert. An empty description or picture is none.
struct ConcertTexts {
  std::string title;
  std::string venue;
  std::string description{};
  std::string image_url{};
  std::string time_zone{"UTC"};
};

// What a change of a concert or of a date sets; the rest stays.
struct ConcertChange {
  std::optional<std::string> title{};
  std::optional<std::string> venue{};
  std::optional<std::string> description{};
  std::optional<std::string> image_url{};
  std::optional<std::string> time_zone{};
};

struct DateChange {
  std::optional<Instant> starts_at{};
  std::optional<std::string> venue{};  // empty: the concert's
};

// A concert and a date as administrators see them. An empty key is none.
struct ConcertRecord {
  ConcertId id;
  ConcertTexts texts;
  std::string key;
  std::optional<Instant> next_starts_at;  // of the dates that have not begun
};

struct DateRecord {
  DateId id;
  ConcertId concert;
  Instant starts_at;
  SeatNumber seat_count = 0;
  std::string venue;  // empty: the concert's
  std::string key;
};

// Dates of a concert that are closer are taken for one that was given twice.
inline constexpr std::int64_t kDatesApart_ms = 2LL * 3600 * 1000;

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

// Concerts with their dates, as an administrator wrote them down in one file. An empty key is none.
struct TourDate {
  Instant starts_at;
  std::vector<Points> prices;  // of seats 1, 2, 3 ...
  std::string place;           // in the file, for messages: concerts[0].dates[2]
  std::string key{};
  std::optional<std::string> venue{};  // empty: the concert's; nothing: the file does not say
};

struct TourConcert {
  std::string title;
  std::string venue;
  std::vector<TourDate> dates;
  std::string place;
  std::string key{};
  // Nothing: the file does not say.
  std::optional<std::string> description{};
  std::optional<std::string> image_url{};
  std::optional<std::string> time_zone{};
};

using Tour = std::vector<TourConcert>;

}  // namespace concert
