#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "service/admin/import_tour.h"
#include "store/sale/concert_store.h"
#include "store/sale/hall_store.h"
#include "store/sale/seat_store.h"

namespace concert {

template <class Item>
void add_once(std::vector<Item>& all, const Item& item) {
  if (std::find(all.begin(), all.end(), item) == all.end()) all.push_back(item);
}

// The dates of an import, within its transaction.
class DateImport {
 public:
  // What it does is added to `result`.
  DateImport(Session& db, const Allowed& allowed, ImportedTour& result)
      : db_(db),
        allowed_(allowed),
        result_(result),
        concerts_(db),
        catalogue_(db),
        seats_(db),
        halls_(db) {}

  // Brings the dates of a concert to what the file says; see import_tour(), also for what it
  // throws.
  void bring(ConcertId concert, const std::vector<TourDate>& dates);

 private:
  // A date of the file and the one that it is in the database.
  struct Match {
    const TourDate& wanted;
    DateRecord record;
  };

  DateId add(ConcertId concert, const TourDate& date);
  void change_all(const std::vector<Match>& matches);
  void change(const Match& match);
  void change_seats(const Match& match);
  void change_layout(const Match& match);
  void require_same(const Match& match);
  void require_unchanged(const Match& match);
  std::string difference(const Match& match);
  std::string difference_of_seats(const Match& match);
  std::string difference_of_layout(const Match& match);
  void note(const Match& match, const FieldChange& change, const DateTickets& tickets = {});

  Session& db_;
  Allowed allowed_;
  ImportedTour& result_;
  ConcertStore concerts_;
  CatalogueStore catalogue_;
  SeatStore seats_;
  HallStore halls_;
};

}  // namespace concert
