#include "service/admin/import_tour.h"

#include <fmt/format.h>

#include "service/admin/change_refused.h"
#include "store/session/named_lock.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

template <class Tag>
std::string list_of(const std::vector<Id<Tag>>& ids) {
  std::string text;
  for (const auto& id : ids) text += fmt::format("{}{}", text.empty() ? "" : ",", id.value);
  return text;
}

}  // namespace

ImportTour::Result ImportTour::run(const Tour& tour, const AdminAction& action) {
  bool is_alone = false;
  try {
    return run_transaction(backend_.db, [&] {
      // No key makes a title unique (concerts may be added twice on purpose): one import at a time.
      is_alone = false;
      take_lock(backend_.db, "import");
      is_alone = true;
      return add_all(tour, action);
    });
  } catch (const Busy&) {
    if (is_alone) throw;
    throw Busy("another import is under way");
  }
}

ImportTour::Result ImportTour::add_all(const Tour& tour, const AdminAction& action) {
  Result result;
  for (const TourConcert& concert : tour) {
    const ConcertId id = concert_of(concert, result);
    const std::size_t before = result.dates.size();
    for (const TourDate& date : concert.dates) add_date(id, date, result);
    if (result.dates.size() > before) result.touched.push_back(id);
  }
  if (!result.concerts.empty() || !result.dates.empty()) {
    backend_.admin_actions.append(action,
                                  fmt::format(R"({{"concertIds":[{}],"concertDateIds":[{}]}})",
                                              list_of(result.concerts), list_of(result.dates)));
  }
  return result;
}

ConcertId ImportTour::concert_of(const TourConcert& concert, Result& result) {
  const auto found = backend_.concerts.named(concert.title, concert.venue);
  if (found.size() > 1) {
    throw ChangeRefused(fmt::format(
        "{}: concerts {} are all called `{}` at `{}`; which of them is meant cannot be told. Add "
        "the dates with `date add`.",
        concert.place, list_of(found), concert.title, concert.venue));
  }
  if (!found.empty()) return found.front();
  result.concerts.push_back(backend_.concerts.add(concert.title, concert.venue));
  return result.concerts.back();
}

void ImportTour::add_date(ConcertId concert, const TourDate& date, Result& result) {
  const auto present = backend_.concerts.all_dates(concert);
  for (const ConcertDate& there : present->dates) {
    if (there.starts_at != date.starts_at) continue;
    const std::string other = difference(there.id, date);
    if (!other.empty()) {
      throw ChangeRefused(fmt::format(
          "{}: the concert begins at {} already, as date {}, but with other seats: {}. Nothing was "
          "added. An import adds dates and changes none.",
          date.place, date.starts_at.rfc3339(), there.id.value, other));
    }
    ++result.dates_there;
    return;
  }
  const auto seats = static_cast<SeatNumber>(date.prices.size());
  const auto added = backend_.concerts.add_date(concert, date.starts_at, seats);
  if (!added) {
    throw ChangeRefused(fmt::format("{}: {} has passed; a date begins in the future.", date.place,
                                    date.starts_at.rfc3339()));
  }
  backend_.concerts.add_seats(*added, date.prices);
  result.dates.push_back(*added);
}

std::string ImportTour::difference(DateId there, const TourDate& date) {
  const auto found = backend_.seats.of_dates({there});
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

}  // namespace concert
