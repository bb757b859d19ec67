#include "store/sale/bulk_reservation_store.h"

#include <fmt/format.h>

#include <set>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {
std::vector<ReservationId> read_reservation_ids(Rows rows) {
  std::vector<ReservationId> ids;
  while (rows.next()) ids.push_back(ReservationId{rows.number(1)});
  return ids;
}

std::vector<ReservationId> BulkReservationStore::held(DateId date, ReservationId after,
                                                      std::int64_t limit) {
  return read_reservation_ids(session_.query(R"sql(
      SELECT reservation_id FROM reservation FORCE INDEX (reservation_date)
      WHERE concert_date_id = ? AND reservation_id > ? AND state = 'HELD'
      ORDER BY reservation_id LIMIT ?)sql",
                                             {date, after, limit}));
}

std::vector<ReservationId> BulkReservationStore::lock_held(const std::vector<ReservationId>& ids) {
  const auto list = padded(ids);
  return read_reservation_ids(session_.query(fmt::format(R"sql(
      SELECT reservation_id FROM reservation WHERE reservation_id IN ({}) AND state = 'HELD'
      ORDER BY reservation_id FOR UPDATE)sql",
                                                         placeholders(list.size())),
                                             {list.begin(), list.end()}));
}

std::uint64_t BulkReservationStore::release_all(const std::vector<ReservationId>& holds) {
  const auto list = padded(holds);
  return session_.execute(fmt::format(R"sql(
      UPDATE reservation SET state = 'RELEASED', ended_at = NOW(3)
      WHERE reservation_id IN ({}) AND state = 'HELD' AND held_until > NOW(3)
      ORDER BY reservation_id)sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

BulkReservationStore::Paid BulkReservationStore::paid(DateId date, ReservationId after,
                                                      std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT reservation_id, user_id FROM reservation FORCE INDEX (reservation_date)
      WHERE concert_date_id = ? AND reservation_id > ? AND state = 'PAID'
      ORDER BY reservation_id LIMIT ?)sql",
                             {date, after, limit});
  Paid found;
  while (rows.next()) found.emplace_back(ReservationId{rows.number(1)}, rows.user(2));
  return found;
}

std::uint64_t BulkReservationStore::refund_all(const std::vector<ReservationId>& ids) {
  const auto list = padded(ids);
  return session_.execute(fmt::format(R"sql(
      UPDATE reservation SET state = 'REFUNDED', ended_at = NOW(3)
      WHERE reservation_id IN ({}) AND state = 'PAID' ORDER BY reservation_id)sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

bool BulkReservationStore::has_live(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT reservation_id FROM reservation FORCE INDEX (reservation_date)
      WHERE concert_date_id = ? AND (state = 'PAID' OR (state = 'HELD' AND held_until > NOW(3)))
      LIMIT 1)sql",
                             {date});
  return rows.next();
}

BulkReservationStore::Refunded BulkReservationStore::refunded_since_cancelled(DateId date) {
  auto rows = session_.query(R"sql(
      SELECT COUNT(DISTINCT r.reservation_id), COUNT(*), COALESCE(SUM(s.price), 0)
      FROM concert_date d JOIN reservation r ON r.concert_date_id = d.concert_date_id
        JOIN reservation_seat s ON s.reservation_id = r.reservation_id AND s.refunded_at IS NULL
      WHERE d.concert_date_id = ? AND r.state = 'REFUNDED' AND r.ended_at >= d.cancelled_at)sql",
                             {date});
  check(rows.next(), "a sum has a row");
  return {rows.number(1), rows.number(2), rows.number(3)};
}

std::vector<ReservationId> BulkReservationStore::lock_lapsed(std::int64_t limit) {
  return read_reservation_ids(session_.query(R"sql(
      SELECT reservation_id FROM reservation WHERE state = 'HELD' AND held_until <= NOW(3)
      ORDER BY held_until LIMIT ? FOR UPDATE SKIP LOCKED)sql",
                                             {limit}));
}

std::uint64_t BulkReservationStore::expire(const std::vector<ReservationId>& ids) {
  const auto list = padded(ids);
  return session_.execute(fmt::format(R"sql(
      UPDATE reservation SET state = 'EXPIRED', ended_at = NOW(3)
      WHERE reservation_id IN ({}) AND state = 'HELD')sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

std::uint64_t BulkReservationStore::prune(ReservationState as, Instant before, std::int64_t limit) {
  std::vector<Value> ids;
  std::set<std::int64_t> dates;
  {
    auto rows = session_.query(R"sql(
        SELECT reservation_id, concert_date_id FROM reservation WHERE state = ? AND ended_at < ?
        ORDER BY ended_at LIMIT ? FOR UPDATE SKIP LOCKED)sql",
                               {to_text(as), before, limit});
    while (rows.next()) {
      ids.emplace_back(rows.number(1));
      dates.insert(rows.number(2));
    }
  }
  if (ids.empty()) return 0;
  mark_pruned({dates.begin(), dates.end()});
  ids = padded(std::move(ids));
  session_.execute(fmt::format(R"sql(
      DELETE FROM reservation_seat WHERE reservation_id IN ({}))sql",
                               placeholders(ids.size())),
                   ids);
  return session_.execute(fmt::format(R"sql(
      DELETE FROM reservation WHERE reservation_id IN ({}) AND state IN ('EXPIRED', 'RELEASED'))sql",
                                      placeholders(ids.size())),
                          ids);
}

void BulkReservationStore::mark_pruned(std::vector<Value> dates) {
  dates = padded(std::move(dates));
  session_.execute(fmt::format(R"sql(
      UPDATE concert_date SET holds_pruned = 1
      WHERE concert_date_id IN ({}) AND COALESCE(holds_pruned, 0) = 0 ORDER BY concert_date_id)sql",
                               placeholders(dates.size())),
                   dates);
}

}  // namespace concert
