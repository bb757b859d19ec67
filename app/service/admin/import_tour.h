#pragma once

#include <vector>

#include "domain/admin_action.h"
#include "domain/concert.h"
#include "domain/ids.h"
#include "service/admin/catalogue_rules.h"
#include "store/session/session.h"

namespace concert {

// One thing that an import made different.
struct ImportChange {
  std::string place;  // in the file: concerts[0].dates[2]
  ConcertId concert;
  DateId date;  // 0 for a change of the concert itself
  FieldChange change;
  DateTickets tickets;  // of the date
};

struct ImportedTour {
  std::vector<ConcertId> concerts;  // added
  std::vector<DateId> dates;        // added
  std::vector<ConcertId> changed_concerts;
  std::vector<DateId> changed_dates;
  std::vector<ImportChange> changes;
  std::vector<ConcertId> touched;  // whose list of dates is another one now
  std::int64_t dates_there = 0;    // that were there already, the same
};

struct ImportTerms {
  Allowed allowed{};
  bool is_dry_run = false;  // does nothing, and returns what it would do
};

// Brings the catalogue to what a tour says: all of it, or nothing. A concert with a key is known by
// it; without one, or while no concert has the key, by its title and venue. A date with a key is
// known by it; else by when it begins. What has a key is changed to what the file says; a concert
// that was found by its names keeps them, and a date without a key its seats and prices. So the
// same tour again does nothing.
// Throws ChangeRefused, naming the place in the file: a name that fits several concerts, a concert
// or date that looks as if it was given twice (see Allowed), a date without a key that is there
// with other seats, prices or venue, a date that would lose seats, a new start that has passed. One
// change of the catalogue runs at a time: throws Busy if another takes long.
ImportedTour import_tour(Session& db, const Tour& tour, const AdminAction& action,
                         const ImportTerms& terms = {});

}  // namespace concert
