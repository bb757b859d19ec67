#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/sale/announcement_store.h"

namespace concert {

// Where a page of the catalogue ends: the next begins after it.
struct CataloguePlace {
  Instant next_starts_at;
  ConcertId concert;
};

// The catalogue for everybody, as the database has it this instant; nginx keeps each answer for a
// second.
class Announcements {
 public:
  explicit Announcements(Session& db) : db_(db), store_(db) {}

  struct Page {
    std::vector<AnnouncedConcert> concerts;  // by their next date, then id
    std::optional<CataloguePlace> next;      // nothing: it is the last page
    Instant now;                             // when it was read
  };

  // At most `limit` concerts with a date to come, from behind `after`; with a `text`, those in
  // whose title or venue it occurs, whatever its case or normal form.
  Page page(std::int64_t limit, const std::optional<CataloguePlace>& after,
            const std::optional<std::string>& text);

  // A page with one concert, also one without a date to come. Refuses: concert_not_found.
  Page show(ConcertId concert);

 private:
  Session& db_;
  AnnouncementStore store_;
};

}  // namespace concert
