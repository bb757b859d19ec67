#include "store/sale/announcement_store.h"

#include <fmt/format.h>

#include <utility>

#include "store/sale/concert_store.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

constexpr char kIsShown[] = "(c.visible_from IS NULL OR c.visible_from <= NOW(3))";
constexpr char kIsToCome[] = "GREATEST(d.begins_at, d.closes_at) > NOW(3)";

std::vector<Value> values_of(const std::vector<ConcertId>& ids) { return {ids.begin(), ids.end()}; }

template <class Map>
std::vector<DateId> ids_of(const Map& dates) {
  std::vector<DateId> ids;
  ids.reserve(dates.size());
  for (const auto& [id, value] : dates) ids.push_back(id);
  return padded(ids);
}

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
        SELECT c.concert_id, c.title, c.venue, COALESCE(c.description, ''), COALESCE(c.image_url, ''), c.time_zone,
               c.queue_id
        FROM concert c WHERE {} AND c.concert_id IN ({}) ORDER BY c.concert_id)sql",
                                           kIsShown, placeholders(list.size())),
                               values_of(list));
    while (rows.next()) {
      found.push_back({ConcertId{rows.number(1)},
                       QueueId{rows.number(7)},
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
  Dates dates;
  for (AnnouncedConcert& concert : concerts)
    for (AnnouncedDate& date : concert.dates) dates[date.date.id] = &date;
  const Dates plain = add_prices_of_layouts(dates);
  add_prices(plain);
  find_plain_sold_out(plain);
}

// A date with a layout may have too many seats to count them each time.
AnnouncementStore::Dates AnnouncementStore::add_prices_of_layouts(const Dates& dates) {
  if (dates.empty()) return {};
  Dates plain = dates;
  std::map<DateId, std::int64_t> excess;
  const auto list = ids_of(dates);
  {
    auto rows = session_.query(fmt::format(R"sql(
        SELECT h.concert_date_id, COALESCE(h.category, ''), h.price,
               SUM(h.claimed_count - (h.last_seat - h.first_seat + 1))
        FROM hall_section h WHERE h.concert_date_id IN ({})
        GROUP BY h.concert_date_id, h.category, h.price
        ORDER BY h.concert_date_id, h.price, h.category)sql",
                                           placeholders(list.size())),
                               {list.begin(), list.end()});
    while (rows.next()) {
      const DateId id{rows.number(1)};
      plain.erase(id);
      dates.at(id)->prices.push_back({rows.text(2), rows.number(3)});
      excess[id] += rows.number(4);
    }
  }
  std::erase_if(excess, [](const auto& date) { return date.second < 0; });
  find_sold_out(excess, dates);
  return plain;
}

// A claimed seat that is not held is sold or blocked. A hold that has lapsed claims its seats until
// that is noted, even if they were taken again.
void AnnouncementStore::find_sold_out(const std::map<DateId, std::int64_t>& excess,
                                      const Dates& dates) {
  if (excess.empty()) return;
  for (const auto& [id, seats] : excess) dates.at(id)->is_sold_out = true;
  const auto list = ids_of(excess);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT r.concert_date_id, SUM(r.seat_count) FROM reservation r FORCE INDEX (reservation_expiry)
      WHERE r.state = 'HELD' AND r.concert_date_id IN ({}) GROUP BY r.concert_date_id)sql",
                                         placeholders(list.size())),
                             {list.begin(), list.end()});
  while (rows.next()) {
    const DateId id{rows.number(1)};
    dates.at(id)->is_sold_out = rows.number(2) <= excess.at(id);
  }
}

// A seat's price changes only with the catalogue, so it is read once in each state of it: by no
// index can the prices of a date be read without all of its seats.
void AnnouncementStore::add_prices(const Dates& dates) {
  if (dates.empty()) return;
  // Before the prices: none is kept for a later state than its own.
  if (std::string state = ConcertStore(session_).newest(); state != prices_state_) {
    prices_.clear();
    prices_state_ = std::move(state);
  }
  Dates unread = dates;
  std::erase_if(unread, [&](const auto& date) { return prices_.contains(date.first); });
  read_prices(unread);
  for (const auto& [id, date] : dates) {
    if (const auto known = prices_.find(id); known != prices_.end()) date->prices = known->second;
  }
}

void AnnouncementStore::read_prices(const Dates& dates) {
  if (dates.empty()) return;
  const auto list = ids_of(dates);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT DISTINCT s.concert_date_id, s.price FROM seat s WHERE s.concert_date_id IN ({})
      ORDER BY s.concert_date_id, s.price)sql",
                                         placeholders(list.size())),
                             {list.begin(), list.end()});
  std::map<DateId, std::vector<CategoryPrice>> read;
  while (rows.next()) read[DateId{rows.number(1)}].push_back({"", rows.number(2)});
  prices_.merge(read);
}

// A seat without a reservation is free or blocked, and the index over reservations ends with the
// primary key: of each date it leads to the first such seat.
void AnnouncementStore::find_plain_sold_out(Dates dates) {
  if (dates.empty()) return;
  {
    const auto list = ids_of(dates);
    auto rows = session_.query(fmt::format(R"sql(
        SELECT d.concert_date_id,
               (SELECT s.seat_number FROM seat s FORCE INDEX (seat_of_reservation)
                WHERE s.reservation_id IS NULL AND s.concert_date_id = d.concert_date_id AND s.state = 'AVAILABLE'
                LIMIT 1) IS NOT NULL
        FROM concert_date d WHERE d.concert_date_id IN ({}))sql",
                                           placeholders(list.size())),
                               {list.begin(), list.end()});
    while (rows.next())
      if (rows.number(2) != 0) dates.erase(DateId{rows.number(1)});
  }
  if (dates.empty()) return;
  for (const auto& [id, date] : dates) date->is_sold_out = true;
  const auto list = ids_of(dates);
  auto rows = session_.query(fmt::format(R"sql(
      SELECT DISTINCT r.concert_date_id
      FROM reservation r FORCE INDEX (reservation_expiry)
        STRAIGHT_JOIN seat s FORCE INDEX (seat_of_reservation) ON s.reservation_id = r.reservation_id
      WHERE r.state = 'HELD' AND r.concert_date_id IN ({}) AND s.state = 'HELD')sql",
                                         placeholders(list.size())),
                             {list.begin(), list.end()});
  while (rows.next()) dates.at(DateId{rows.number(1)})->is_sold_out = false;
}

}  // namespace concert
