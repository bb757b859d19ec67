#include "service/admin/import_tour.h"

#include <fmt/format.h>

#include "base/wording.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/concert_store.h"
#include "store/sale/seat_store.h"
#include "store/session/lease.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

template <class Tag>
std::vector<std::int64_t> values_of(const std::vector<Id<Tag>>& ids) {
  std::vector<std::int64_t> values;
  values.reserve(ids.size());
  for (const auto& id : ids) values.push_back(id.value);
  return values;
}

// One import, in its transaction.
class Import {
 public:
  explicit Import(Session& db) : concerts_(db), seats_(db) {}

  ImportedTour add(const Tour& tour) {
    for (const TourConcert& concert : tour) {
      const ConcertId id = concert_of(concert);
      const std::size_t before = result_.dates.size();
      for (const TourDate& date : concert.dates) add_date(id, date);
      if (result_.dates.size() > before) result_.touched.push_back(id);
    }
    return std::move(result_);
  }

 private:
  ConcertId concert_of(const TourConcert& concert);
  void add_date(ConcertId concert, const TourDate& date);
  std::string difference(DateId there, const TourDate& date);

  ConcertStore concerts_;
  SeatStore seats_;
  ImportedTour result_;
};

ConcertId Import::concert_of(const TourConcert& concert) {
  const auto found = concerts_.named(concert.title, concert.venue);
  if (found.size() > 1) {
    throw ChangeRefused(fmt::format(
        "{}: concerts {} are all called `{}` at `{}`; it is not clear which of them is meant. Add "
        "the dates with `date add`.",
        concert.place, few_of(values_of(found)), concert.title, concert.venue));
  }
  if (!found.empty()) return found.front();
  result_.concerts.push_back(concerts_.add(concert.title, concert.venue));
  return result_.concerts.back();
}

void Import::add_date(ConcertId concert, const TourDate& date) {
  const auto present = concerts_.all_dates(concert);
  for (const ConcertDate& there : present->dates) {
    if (there.starts_at != date.starts_at) continue;
    const std::string other = difference(there.id, date);
    if (!other.empty()) {
      throw ChangeRefused(fmt::format(
          "{}: the concert begins at {} already, as date {}, but with other seats: {}. Nothing was "
          "added. An import adds dates and changes none.",
          date.place, date.starts_at.rfc3339(), there.id.value, other));
    }
    ++result_.dates_there;
    return;
  }
  const auto seats = static_cast<SeatNumber>(date.prices.size());
  const auto added = concerts_.add_date(concert, date.starts_at, seats);
  if (!added) {
    throw ChangeRefused(fmt::format("{}: {} has passed; a date must begin in the future.",
                                    date.place, date.starts_at.rfc3339()));
  }
  concerts_.add_seats(*added, date.prices);
  result_.dates.push_back(*added);
}

// How the date that is there differs from the file's; empty if it does not.
std::string Import::difference(DateId there, const TourDate& date) {
  const auto found = seats_.of_dates({there});
  const std::size_t count = found.empty() ? 0 : found.front().second.seats.size();
  if (count != date.prices.size())
    return fmt::format("it has {} of them, the file says {}", count, date.prices.size());
  for (const Seat& seat : found.front().second.seats) {
    const Points price = date.prices.at(static_cast<std::size_t>(seat.number) - 1);
    if (seat.price == price) continue;
    return fmt::format("seat {} costs {}, the file says {}", seat.number, seat.price, price);
  }
  return "";
}

ImportedTour add_and_record(Session& db, const Tour& tour, const AdminAction& action) {
  ImportedTour result = Import(db).add(tour);
  if (!result.concerts.empty() || !result.dates.empty()) {
    AdminActionStore(db).append(action,
                                fmt::format(R"({{"concertIds":[{}],"concertDateIds":[{}]}})",
                                            fmt::join(values_of(result.concerts), ","),
                                            fmt::join(values_of(result.dates), ",")));
  }
  return result;
}

}  // namespace

ImportedTour import_tour(Session& db, const Tour& tour, const AdminAction& action) {
  bool is_alone = false;
  try {
    return run_transaction(db, [&] {
      // No key makes a title unique (concerts may be added twice on purpose): one import at a time.
      is_alone = false;
      take_lock(db, "import");
      is_alone = true;
      return add_and_record(db, tour, action);
    });
  } catch (const Busy&) {
    if (is_alone) throw;
    throw Busy("another import is under way");
  }
}

}  // namespace concert
