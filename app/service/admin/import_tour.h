#pragma once

#include "domain/tour.h"
#include "service/backend.h"

namespace concert {

// Adds the concerts and dates of a tour that are not there yet: all of them, or nothing. A concert
// is known by its title and venue, a date by when it begins, so the same tour again adds nothing.
class ImportTour {
 public:
  explicit ImportTour(Backend& backend) : backend_(backend) {}

  struct Result {
    std::vector<ConcertId> concerts;  // added
    std::vector<DateId> dates;        // added
    std::vector<ConcertId> touched;   // that gained dates
    std::int64_t dates_there = 0;     // that were there already, the same
  };
  // Throws ChangeRefused, naming the places in the file, if a date is there with other seats or
  // prices, a new one has passed, or a name fits several concerts. One import at a time, through
  // whichever node of a cluster: throws Busy if another takes long.
  Result run(const Tour& tour, const AdminAction& action);

 private:
  Result add_all(const Tour& tour, const AdminAction& action);
  ConcertId concert_of(const TourConcert& concert, Result& result);
  void add_date(ConcertId concert, const TourDate& date, Result& result);
  std::string difference(DateId there, const TourDate& date);

  Backend& backend_;
};

}  // namespace concert
