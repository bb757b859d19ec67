#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/concert.h"
#include "store/session/session.h"

namespace concert {

// A concert as the public catalogue lists it.
struct Announcement {
  ConcertId id;
  std::string title;
  std::string venue;
  Instant next_starts_at;  // of its dates to come
};

// The catalogue for everybody: the concerts that are not hidden.
class AnnouncementStore {
 public:
  explicit AnnouncementStore(Session& session) : session_(session) {}

  // Every concert that has a date to come which is not cancelled, in order of its next such date,
  // then of its id.
  std::vector<Announcement> all();

  // Those of `concerts` that are shown, with their dates to come, those cancelled included, in
  // order of id.
  std::vector<AnnouncedConcert> of(const std::vector<ConcertId>& concerts);

 private:
  using Dates = std::map<DateId, AnnouncedDate*>;
  // Each is one statement or two, however many concerts or dates there are.
  void add_dates(std::vector<AnnouncedConcert>& concerts);
  void add_prices(const Dates& dates);
  void read_prices(const Dates& dates);
  // Returns those of `dates` that have no layout.
  Dates add_prices_of_layouts(const Dates& dates);
  // Sets `is_sold_out`. `excess`: for each date with at least as many claims as seats, claims minus
  // seats.
  void find_sold_out(const std::map<DateId, std::int64_t>& excess, const Dates& dates);
  // The same of dates without a layout.
  void find_plain_sold_out(Dates dates);

  Session& session_;
  // Of dates without a layout, as they are in the state of the catalogue that newest() named so.
  std::map<DateId, std::vector<CategoryPrice>> prices_;
  std::string prices_state_;
};

}  // namespace concert
