#pragma once

#include <vector>

#include "domain/admin_action.h"
#include "domain/concert.h"
#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

struct ImportedTour {
  std::vector<ConcertId> concerts;  // added
  std::vector<DateId> dates;        // added
  std::vector<ConcertId> touched;   // that gained dates
  std::int64_t dates_there = 0;     // that were there already, the same
};

// Adds the concerts and dates of a tour that are not there yet: all of them, or nothing. A concert
// is known by its title and venue, a date by when it begins, so the same tour again adds nothing.
// Throws ChangeRefused, naming the places in the file, if a date is there with other seats or
// prices, a new date has passed, or a name fits several concerts. One import runs at a time,
// through whichever node of a cluster: throws Busy if another takes long.
ImportedTour import_tour(Session& db, const Tour& tour, const AdminAction& action);

}  // namespace concert
