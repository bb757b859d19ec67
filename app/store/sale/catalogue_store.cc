#include "store/sale/catalogue_store.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "store/sale/hall_store.h"

namespace concert {
namespace {

constexpr char kConcert[] =
    "c.concert_id, c.title, c.venue, COALESCE(c.description, ''), COALESCE(c.image_url, ''), "
    "c.time_zone, c.visible_from, COALESCE(c.import_key, ''), "
    "(SELECT MIN(d.begins_at) FROM concert_date d "
    "WHERE d.concert_id = c.concert_id AND d.begins_at > NOW(3)), c.queue_id";
constexpr char kDate[] =
    "d.concert_date_id, d.concert_id, d.begins_at, d.seat_count, COALESCE(d.venue, ''), "
    "COALESCE(d.import_key, ''), d.on_sale_at, d.sales_end_at, d.stopped_at IS NOT NULL, "
    "d.cancelled_at, d.refunds_ended_at, "
    "EXISTS (SELECT 1 FROM hall_section h WHERE h.concert_date_id = d.concert_date_id)";

std::vector<ConcertRecord> read_concerts(Rows rows) {
  std::vector<ConcertRecord> found;
  while (rows.next()) {
    ConcertRecord concert{ConcertId{rows.number(1)},
                          {rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6)},
                          rows.text(8),
                          std::nullopt};
    if (!rows.is_null(7)) concert.texts.visible_from = rows.instant(7);
    if (!rows.is_null(9)) concert.next_starts_at = rows.instant(9);
    concert.queue = QueueId{rows.number(10)};
    found.push_back(std::move(concert));
  }
  return found;
}

std::vector<DateRecord> read_dates(Rows rows) {
  std::vector<DateRecord> found;
  while (rows.next()) {
    found.push_back({DateId{rows.number(1)}, ConcertId{rows.number(2)}, rows.instant(3),
                     static_cast<SeatNumber>(rows.number(4)), rows.text(5), rows.text(6)});
    DateRecord& date = found.back();
    if (!rows.is_null(7)) date.on_sale_at = rows.instant(7);
    if (!rows.is_null(8)) date.sales_end_at = rows.instant(8);
    date.is_stopped = rows.number(9) != 0;
    if (!rows.is_null(10)) date.cancelled_at = rows.instant(10);
    if (!rows.is_null(11)) date.refunds_ended_at = rows.instant(11);
    date.has_layout = rows.number(12) != 0;
  }
  return found;
}

template <class Record>
std::optional<Record> first_of(std::vector<Record> found) {
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

std::vector<ConcertRecord> CatalogueStore::page(ConcertId after, std::int64_t limit) {
  return read_concerts(session_.query(fmt::format(R"sql(
      SELECT {} FROM concert c WHERE c.concert_id > ? ORDER BY c.concert_id LIMIT ?)sql",
                                                  kConcert),
                                      {after, limit}));
}

std::vector<ConcertName> CatalogueStore::names(ConcertId after, std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT concert_id, title, venue, COALESCE(import_key, '') FROM concert
      WHERE concert_id > ? ORDER BY concert_id LIMIT ?)sql",
                             {after, limit});
  std::vector<ConcertName> found;
  while (rows.next())
    found.push_back({ConcertId{rows.number(1)}, rows.text(2), rows.text(3), rows.text(4)});
  return found;
}

std::optional<ConcertRecord> CatalogueStore::concert(ConcertId concert) {
  return first_of(read_concerts(session_.query(fmt::format(R"sql(
      SELECT {} FROM concert c WHERE c.concert_id = ?)sql",
                                                           kConcert),
                                               {concert})));
}

std::vector<DateRecord> CatalogueStore::dates(ConcertId concert) {
  return read_dates(session_.query(fmt::format(R"sql(
      SELECT {} FROM concert_date d WHERE d.concert_id = ?
      ORDER BY d.begins_at, d.concert_date_id)sql",
                                               kDate),
                                   {concert}));
}

std::optional<DateRecord> CatalogueStore::date(DateId date) {
  return first_of(read_dates(session_.query(fmt::format(R"sql(
      SELECT {} FROM concert_date d WHERE d.concert_date_id = ?)sql",
                                                        kDate),
                                            {date})));
}

void CatalogueStore::write(const ConcertRecord& concert) {
  const ConcertTexts& texts = concert.texts;
  session_.execute(R"sql(
      UPDATE concert SET title = ?, venue = ?, description = NULLIF(?, ''), image_url = NULLIF(?, ''),
        time_zone = ?, visible_from = ?, import_key = NULLIF(?, ''), queue_id = ?
      WHERE concert_id = ?)sql",
                   {texts.title, texts.venue, texts.description, texts.image_url, texts.time_zone,
                    texts.visible_from, concert.key, concert.queue, concert.id});
  // What the previous release reads of a date depends on whether its concert was ever hidden, and
  // on its queue.
  for (const DateRecord& date : dates(concert.id)) write(date);
}

void CatalogueStore::write(const DateRecord& date) {
  // To a program of the previous release, a date with terms of sale, with a layout, or of a concert
  // that was hidden or has a queue of its own, has begun.
  const bool has_terms = date.on_sale_at || date.sales_end_at || date.is_stopped || date.has_layout;
  session_.execute(
      R"sql(
      UPDATE concert_date d JOIN concert c ON c.concert_id = d.concert_id
      SET d.venue = NULLIF(?, ''), d.import_key = NULLIF(?, ''), d.on_sale_at = ?, d.sales_end_at = ?,
        d.stopped_at = CASE WHEN ? = 1 THEN COALESCE(d.stopped_at, NOW(3)) END,
        d.real_starts_at = CASE WHEN ? = 1 OR c.visible_from IS NOT NULL OR c.queue_id <> ?
                           THEN CAST(? AS DATETIME(3)) END,
        d.starts_at = CASE WHEN ? = 1 OR c.visible_from IS NOT NULL OR c.queue_id <> ?
                      THEN TIMESTAMP'1970-01-01 00:00:00.000' + INTERVAL d.concert_date_id * 1000 MICROSECOND
                      ELSE CAST(? AS DATETIME(3)) END
      WHERE d.concert_date_id = ?)sql",
      {date.venue, date.key, date.on_sale_at, date.sales_end_at, date.is_stopped ? 1 : 0,
       has_terms ? 1 : 0, kMainQueue, date.starts_at, has_terms ? 1 : 0, kMainQueue, date.starts_at,
       date.id});
}

std::uint64_t CatalogueStore::set_prices(DateId date, SeatNumber first, SeatNumber last,
                                         Points price) {
  return session_.execute(R"sql(
      UPDATE seat SET price = ?
      WHERE concert_date_id = ? AND seat_number BETWEEN ? AND ? AND price <> ?)sql",
                          {price, date, first, last, price});
}

void CatalogueStore::set_seat_count(DateId date, SeatNumber seats) {
  session_.execute(R"sql(
      UPDATE concert_date SET seat_count = ? WHERE concert_date_id = ?)sql",
                   {seats, date});
}

DateTickets CatalogueStore::tickets(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT COALESCE(SUM(state = 'SOLD' AND reservation_id IS NOT NULL), 0),
             COALESCE(SUM(state = 'HELD' AND held_until > NOW(3)), 0)
      FROM seat WHERE concert_date_id = ?)sql",
                             {date});
  check(rows.next(), "a sum has a row");
  return {rows.number(1), rows.number(2)};
}

bool CatalogueStore::cancel(DateId date) {
  return session_.execute(R"sql(
      UPDATE concert_date SET cancelled_at = NOW(3) WHERE concert_date_id = ? AND cancelled_at IS NULL)sql",
                          {date}) == 1;
}

bool CatalogueStore::end_cancellation(DateId date) {
  return session_.execute(R"sql(
      UPDATE concert_date SET refunds_ended_at = NOW(3)
      WHERE concert_date_id = ? AND cancelled_at IS NOT NULL AND refunds_ended_at IS NULL)sql",
                          {date}) == 1;
}

void CatalogueStore::lock(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT concert_date_id FROM concert_date WHERE concert_date_id = ? FOR UPDATE)sql",
                             {date});
  rows.next();
}

bool CatalogueStore::lock_unheld(DateId date, Instant kept_since) {
  bool may_have_been_held = false;
  {
    // A hold shares this lock, because its reservation refers to the date.
    auto rows = session_.query(R"sql(
        SELECT COALESCE(holds_pruned, created_at < ?) FROM concert_date WHERE concert_date_id = ?
        FOR UPDATE)sql",
                               {kept_since, date});
    may_have_been_held = !rows.next() || rows.number(1) != 0;
  }
  auto rows = session_.query(R"sql(
      SELECT reservation_id FROM reservation WHERE concert_date_id = ? LIMIT 1)sql",
                             {date});
  return !rows.next() && !may_have_been_held;
}

void CatalogueStore::remove(DateId date) {
  HallStore(session_).remove(date);
  session_.execute(R"sql(
      DELETE FROM seat WHERE concert_date_id = ?)sql",
                   {date});
  session_.execute(R"sql(
      DELETE FROM concert_date WHERE concert_date_id = ?)sql",
                   {date});
}

void CatalogueStore::remove(ConcertId concert) {
  session_.execute(R"sql(
      DELETE FROM concert WHERE concert_id = ?)sql",
                   {concert});
}

}  // namespace concert
