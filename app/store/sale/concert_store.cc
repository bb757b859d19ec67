#include "store/sale/concert_store.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {

SaleTerms read_terms(const Rows& rows, std::uint32_t begins, std::uint32_t terms) {
  SaleTerms read{rows.instant(begins), std::nullopt, rows.instant(terms + 1),
                 rows.number(terms + 2) != 0, rows.number(terms + 3) != 0};
  if (!rows.is_null(terms)) read.on_sale_at = rows.instant(terms);
  return read;
}

DateSummary read_summary(const Rows& rows, std::uint32_t from) {
  return {ConcertId{rows.number(from)}, rows.text(from + 1), rows.text(from + 2),
          rows.instant(from + 3),       rows.text(from + 4), QueueId{rows.number(from + 5)}};
}

std::vector<Concert> ConcertStore::page(QueueId queue, ConcertId after, std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT c.concert_id, c.title, c.venue,
             (SELECT MIN(d.begins_at) FROM concert_date d
              WHERE d.concert_id = c.concert_id AND d.begins_at > NOW(3))
      FROM concert c
      WHERE c.queue_id = ? AND c.concert_id > ? AND (c.visible_from IS NULL OR c.visible_from <= NOW(3))
      ORDER BY c.concert_id LIMIT ?)sql",
                             {queue, after, limit});
  std::vector<Concert> concerts;
  while (rows.next()) {
    Concert concert{ConcertId{rows.number(1)}, rows.text(2), rows.text(3), std::nullopt};
    if (!rows.is_null(4)) concert.next_starts_at = rows.instant(4);
    concerts.push_back(std::move(concert));
  }
  return concerts;
}

std::optional<QueueId> ConcertStore::queue_of(ConcertId concert) {
  auto rows = session_.query(R"sql(
      SELECT queue_id FROM concert
      WHERE concert_id = ? AND (visible_from IS NULL OR visible_from <= NOW(3)))sql",
                             {concert});
  if (!rows.next()) return std::nullopt;
  return QueueId{rows.number(1)};
}

std::optional<BookableDates> ConcertStore::dates(const std::string& sql, ConcertId concert) {
  auto rows = session_.query(sql, {concert});
  std::optional<BookableDates> found;
  while (rows.next()) {
    if (!found)
      found = BookableDates{concert, rows.text(1), {}, rows.instant(10), QueueId{rows.number(11)}};
    if (rows.is_null(2)) break;  // only the concert, without a date
    ConcertDate date{DateId{rows.number(2)}, rows.instant(3),
                     static_cast<SeatNumber>(rows.number(4)), rows.text(5)};
    date.terms = read_terms(rows, 3, 6);
    found->dates.push_back(std::move(date));
  }
  return found;
}

std::optional<BookableDates> ConcertStore::bookable_dates(ConcertId concert) {
  return dates(R"sql(
      SELECT c.title, d.concert_date_id, d.begins_at, d.seat_count, COALESCE(d.venue, c.venue), d.on_sale_at,
             d.closes_at, d.stopped_at IS NOT NULL, d.cancelled_at IS NOT NULL, NOW(3), c.queue_id
      FROM concert c LEFT JOIN concert_date d ON d.concert_id = c.concert_id AND d.closes_at > NOW(3)
        AND d.cancelled_at IS NULL
      WHERE c.concert_id = ? AND (c.visible_from IS NULL OR c.visible_from <= NOW(3))
      ORDER BY d.begins_at, d.concert_date_id)sql",
               concert);
}

std::optional<BookableDates> ConcertStore::all_dates(ConcertId concert) {
  return dates(R"sql(
      SELECT c.title, d.concert_date_id, d.begins_at, d.seat_count, COALESCE(d.venue, c.venue), d.on_sale_at,
             d.closes_at, d.stopped_at IS NOT NULL, d.cancelled_at IS NOT NULL, NOW(3), c.queue_id
      FROM concert c LEFT JOIN concert_date d ON d.concert_id = c.concert_id
      WHERE c.concert_id = ? ORDER BY d.begins_at, d.concert_date_id)sql",
               concert);
}

std::string ConcertStore::newest() {
  auto rows = session_.query(R"sql(
      SELECT CONCAT_WS('/',
        (SELECT CONCAT(concert_id, '@', DATE_FORMAT(created_at, '%Y%m%d%H%i%s%f'))
         FROM concert WHERE concert_id = (SELECT MAX(concert_id) FROM concert)),
        (SELECT CONCAT(concert_date_id, '@', DATE_FORMAT(created_at, '%Y%m%d%H%i%s%f'))
         FROM concert_date
         WHERE concert_date_id = (SELECT MAX(concert_date_id) FROM concert_date)),
        (SELECT CONCAT(taken, '@', DATE_FORMAT(taken_at, '%Y%m%d%H%i%s%f'))
         FROM named_lock WHERE name = 'import')))sql");
  check(rows.next(), "a row without a table is there");
  return rows.text(1);
}

ConcertId ConcertStore::add(const std::string& title, const std::string& venue) {
  session_.execute(R"sql(
      INSERT INTO concert (title, venue, created_at) VALUES (?, ?, NOW(3)))sql",
                   {title, venue});
  return ConcertId{session_.last_insert_id()};
}

std::optional<DateId> ConcertStore::add_date(ConcertId concert, Instant starts_at,
                                             SeatNumber seats) {
  const auto added = session_.execute(R"sql(
      INSERT INTO concert_date (concert_id, starts_at, seat_count, created_at, holds_pruned)
      SELECT c.concert_id, ?, ?, NOW(3), 0 FROM concert c WHERE c.concert_id = ? AND ? > NOW(3))sql",
                                      {starts_at, seats, concert, starts_at});
  if (added == 0) return std::nullopt;
  return DateId{session_.last_insert_id()};
}

void ConcertStore::add_seats(DateId date, SeatNumber seats, Points price) {
  add_seats(date, std::vector<Points>(static_cast<std::size_t>(seats), price));
}

void ConcertStore::add_seats(DateId date, const std::vector<Points>& prices, SeatNumber after) {
  std::vector<Value> values;
  SeatNumber number = after;
  for (const Points price : prices) values.insert(values.end(), {date, ++number, price});
  session_.execute(fmt::format(R"sql(
      INSERT INTO seat (concert_date_id, seat_number, price) VALUES {})sql",
                               placeholder_rows(prices.size(), 3)),
                   values);
}

}  // namespace concert
