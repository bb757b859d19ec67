#include "store/sale/stock_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {

// A seat of a layout is claimed from its hold on, also once the hold has lapsed, and twice if it
// was taken again before that was noted. A seat of a plain date is free unless it is sold or held.
std::optional<QueueSeats> StockStore::of(QueueId queue) {
  const Dates dates = on_sale(queue);
  if (dates.with_layout.empty() && dates.plain.empty()) return std::nullopt;
  QueueSeats seats;
  seats.available = dates.unclaimed + add_holds(dates.with_layout, seats);
  QueueSeats of_plain;
  add_holds(dates.plain, of_plain);
  seats.available += dates.plain_seats - sold(dates.plain) - of_plain.held;
  seats.held += of_plain.held;
  seats.holders += of_plain.holders;
  // A program of an earlier release ends claims without counting that.
  seats.available = std::max<std::int64_t>(0, seats.available);
  return seats;
}

StockStore::Dates StockStore::on_sale(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT d.concert_date_id, d.seat_count,
             (SELECT SUM(h.claimed_count) FROM hall_section h WHERE h.concert_date_id = d.concert_date_id)
      FROM concert c JOIN concert_date d ON d.concert_id = c.concert_id
      WHERE c.queue_id = ? AND (c.visible_from IS NULL OR c.visible_from <= NOW(3)) AND d.stopped_at IS NULL
        AND (d.on_sale_at IS NULL OR d.on_sale_at <= NOW(3)) AND d.closes_at > NOW(3))sql",
                             {queue});
  Dates found;
  while (rows.next()) {
    const DateId date{rows.number(1)};
    if (rows.is_null(3)) {
      found.plain.push_back(date);
      found.plain_seats += rows.number(2);
    } else {
      found.with_layout.push_back(date);
      found.unclaimed += rows.number(2) - rows.number(3);
    }
  }
  return found;
}

std::int64_t StockStore::add_holds(const std::vector<DateId>& dates, QueueSeats& seats) {
  std::int64_t lapsed = 0;
  in_batches(dates, [&](const std::vector<DateId>& batch) {
    const auto list = padded(batch);
    auto rows = session_.query(fmt::format(R"sql(
        SELECT COALESCE(SUM(CASE WHEN r.held_until > NOW(3) THEN r.seat_count ELSE 0 END), 0),
               COALESCE(SUM(CASE WHEN r.held_until > NOW(3) THEN 0 ELSE r.seat_count END), 0),
               COUNT(DISTINCT CASE WHEN r.held_until > NOW(3) THEN r.user_id END)
        FROM reservation r FORCE INDEX (reservation_expiry)
        WHERE r.state = 'HELD' AND r.concert_date_id IN ({}))sql",
                                           placeholders(list.size())),
                               {list.begin(), list.end()});
    check(rows.next(), "a sum has a row");
    seats.held += rows.number(1);
    lapsed += rows.number(2);
    seats.holders += rows.number(3);
  });
  return lapsed;
}

std::int64_t StockStore::sold(const std::vector<DateId>& plain) {
  std::int64_t sold = 0;
  in_batches(plain, [&](const std::vector<DateId>& batch) {
    const auto list = padded(batch);
    auto rows = session_.query(fmt::format(R"sql(
        SELECT COUNT(*) FROM seat s WHERE s.concert_date_id IN ({}) AND s.state = 'SOLD')sql",
                                           placeholders(list.size())),
                               {list.begin(), list.end()});
    check(rows.next(), "a count has a row");
    sold += rows.number(1);
  });
  return sold;
}

}  // namespace concert
