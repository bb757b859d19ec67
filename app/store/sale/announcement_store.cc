#include "store/sale/announcement_store.h"

#include <fmt/format.h>

#include <map>

#include "store/sale/concert_store.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

constexpr char kIsShown[] = "(c.visible_from IS NULL OR c.visible_from <= NOW(3))";
constexpr char kIsToCome[] = "GREATEST(d.begins_at, d.closes_at) > NOW(3)";

std::vector<Value> values_of(const std::vector<ConcertId>& ids) { return {ids.begin(), ids.end()}; }

}  // namespace

std::vector<Announcement> AnnouncementStore::all() {
  auto rows = session_.query(fmt::format(R"sql(
      SELECT c.concert_id, c.title, c.venue, MIN(d.begins_at)
      FROM concert c JOIN concert_date d ON d.concert_id = c.concert_id
      WHERE {} AND {} AND d.cancelled_at IS NULL
      GROUP BY c.concert_id, c.title, c.venue ORDER BY MIN(d.begins_at), c.concert_id)sql",
                                         kIsShown, kIsToCome));
  std::vector<Announcement> found;
  while (rows.next())
    found.push_back({ConcertId{rows.number(1)}, rows.text(2), rows.text(3), rows.instant(4)});
  return found;
}

std::vector<AnnouncedConcert> AnnouncementStore::of(const std::vector<ConcertId>& concerts) {
  std::vector<AnnouncedConcert> found;
  if (concerts.empty()) return found;
  const auto list = padded(concerts);
  {
    auto rows = session_.query(fmt::format(R"sql(
        SELECT c.concert_id, c.title, c.venue, COALESCE(c.description, ''), COALESCE(c.image_url, ''), c.time_zone
        FROM concert c WHERE {} AND c.concert_id IN ({}) ORDER BY c.concert_id)sql",
                                           kIsShown, placeholders(list.size())),
                               values_of(list));
    while (rows.next()) {
      found.push_back({ConcertId{rows.number(1)},
                       {rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6)}});
    }
  }
  if (!found.empty()) add_dates(found);
  return found;
}

void AnnouncementStore::add_dates(std::vector<AnnouncedConcert>& concerts) {
  std::vector<ConcertId> ids;
  ids.reserve(concerts.size());
  for (const AnnouncedConcert& concert : concerts) ids.push_back(concert.id);
  const auto list = padded(ids);
  {
    auto rows = session_.query(fmt::format(R"sql(
        SELECT d.concert_id, d.concert_date_id, d.begins_at, d.seat_count, COALESCE(d.venue, c.venue),
               d.on_sale_at, d.closes_at, d.stopped_at IS NOT NULL, d.cancelled_at IS NOT NULL
        FROM concert_date d JOIN concert c ON c.concert_id = d.concert_id
        WHERE d.concert_id IN ({}) AND {}
        ORDER BY d.concert_id, d.begins_at, d.concert_date_id)sql",
                                           placeholders(list.size()), kIsToCome),
                               values_of(list));
    auto concert = concerts.begin();
    while (rows.next()) {
      while (concert->id != ConcertId{rows.number(1)}) ++concert;
      ConcertDate date{DateId{rows.number(2)}, rows.instant(3),
                       static_cast<SeatNumber>(rows.number(4)), rows.text(5)};
      date.terms = read_terms(rows, 3, 6);
      concert->dates.push_back({std::move(date)});
    }
  }
  std::vector<AnnouncedDate*> dates;
  for (AnnouncedConcert& concert : concerts)
    for (AnnouncedDate& date : concert.dates) dates.push_back(&date);
  add_prices(dates);
}

// What depends on the seats of the dates.
void AnnouncementStore::add_prices(const std::vector<AnnouncedDate*>& dates) {
  if (dates.empty()) return;
  std::vector<DateId> ids;
  std::map<DateId, AnnouncedDate*> by_id;
  for (AnnouncedDate* const date : dates) {
    ids.push_back(date->date.id);
    by_id[date->date.id] = date;
    date->is_sold_out = true;
  }
  const auto list = padded(ids);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT s.concert_date_id, s.price, MAX(s.state <> 'SOLD')
      FROM seat s WHERE s.concert_date_id IN ({})
      GROUP BY s.concert_date_id, s.price ORDER BY s.concert_date_id, s.price)sql",
                                         placeholders(list.size())),
                             {list.begin(), list.end()});
  while (rows.next()) {
    AnnouncedDate& date = *by_id.at(DateId{rows.number(1)});
    date.prices.push_back(rows.number(2));
    if (rows.number(3) != 0) date.is_sold_out = false;
  }
}

}  // namespace concert
