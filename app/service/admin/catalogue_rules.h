#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "domain/concert.h"
#include "store/sale/catalogue_store.h"
#include "store/session/lease.h"
#include "store/session/transaction.h"

namespace concert {

// What holds for each change of the catalogue, by a command or by an import.

// What an administrator allows although it looks like a mistake.
struct Allowed {
  bool same = false;  // a concert whose title and venue are those of another
  bool near = false;  // a date less than two hours from another of its concert
};

// Runs `body` in a transaction beside which no other changes the catalogue, through whichever node
// of a cluster: no key makes a title unique, because concerts may be alike on purpose. Returns what
// `body` returned. Throws Busy if another change takes long.
template <class Body>
auto change_catalogue(Session& db, Body body) {
  bool is_alone = false;
  try {
    return run_transaction(db, [&] {
      is_alone = false;
      take_lock(db, "import");
      is_alone = true;
      return body();
    });
  } catch (const Busy&) {
    if (is_alone) throw;
    throw Busy("another import, or another change of concerts and dates, is under way");
  }
}

// The names of all concerts, those that a program of an earlier release added included. They are
// read once, within change_catalogue().
class ConcertNames {
 public:
  explicit ConcertNames(Session& db);

  // The concerts that readers would take for one of that title and venue, in order of id.
  std::vector<ConcertName> alike(const std::string& title, const std::string& venue) const;
  // Nothing if no concert has that key.
  const ConcertName* with_key(const std::string& key) const;
  // Adds a concert, or changes its names.
  void put(const ConcertName& concert);

  // Throws ChangeRefused, whose text begins with `place`, if another concert is alike and that is
  // not allowed.
  void require_unlike(const ConcertName& concert, const Allowed& allowed,
                      const std::string& place) const;

 private:
  std::map<ConcertId, ConcertName> concerts_;
  std::map<std::string, std::set<ConcertId>> by_form_;
};

// Throws ChangeRefused, whose text begins with `place`, if `date` is closer to another one of
// `dates` than a concert's dates are and that is not allowed, or begins when another one does.
void require_apart(const DateRecord& date, const std::vector<DateRecord>& dates,
                   const Allowed& allowed, const std::string& place);

// Throws ChangeRefused, whose text begins with `place`, if kMostDatesToCome other ones of `dates`
// are to come at `now`.
void require_room(const DateRecord& date, const std::vector<DateRecord>& dates, Instant now,
                  const std::string& place);

// Throws ChangeRefused, whose text begins with `place`, if the sale of `date` would end before it
// begins, or later than a day after the date begins.
void require_sale_in_order(const DateRecord& date, const std::string& place);

// What a change made of one thing that an organiser says. `field` is its name in an import.
struct FieldChange {
  std::string field;
  std::string was;
  std::string is;
};

// Does what `change` says to `record`. Returns what that changed. The end of a sale moves along
// with the start.
std::vector<FieldChange> apply(const ConcertChange& change, ConcertRecord& record);
std::vector<FieldChange> apply(const DateChange& change, DateRecord& record);

}  // namespace concert
