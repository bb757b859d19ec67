#pragma once

#include <string>
#include <vector>

#include "domain/concert.h"
#include "store/session/session.h"

namespace concert {

// A concert's place in the catalogue for everybody.
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
  // Each is one statement, however many concerts or dates there are.
  void add_dates(std::vector<AnnouncedConcert>& concerts);
  void add_prices(const std::vector<AnnouncedDate*>& dates);

  Session& session_;
};

}  // namespace concert
