#include "store/queue/queue_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/check.h"

namespace concert {
namespace {

// The columns of a queue that read_row() takes, before those of its opening and the time as the
// twenty-third.
constexpr char kQueue[] =
    "active_limit, admit_per_pass, paused, active_count, waiting_count, last_seq, admitted_seq, "
    "limit_lowered_at, admission_credit, admission_credit_at, active_share, highest_admitted_seq, "
    "visit_count, visit_seat_count, returned_count";

QueueRow read_row(const Rows& rows) {
  QueueRow row;
  if (!rows.is_null(1)) row.set.active_limit = rows.number(1);
  if (!rows.is_null(2)) row.set.admit_per_pass = rows.number(2);
  row.paused = rows.number(3) != 0;
  row.active_count = rows.number(4);
  row.waiting_count = rows.number(5);
  row.last_place = rows.number(6);
  row.admitted_place = rows.number(7);
  if (!rows.is_null(8)) row.limit_lowered_at = rows.instant(8);
  row.credit.user_ms = rows.number(9);
  if (!rows.is_null(10)) row.credit.at = rows.instant(10);
  if (!rows.is_null(11)) row.active_share = rows.number(11);
  if (!rows.is_null(12)) row.highest_admitted_place = rows.number(12);
  row.visit_count = rows.number(13);
  row.visit_seat_count = rows.number(14);
  row.returned_count = rows.number(15);
  row.opening = read_opening(rows, 16);
  row.now = rows.instant(23);
  return row;
}

std::vector<std::pair<QueueId, QueueRow>> read_rows(Rows rows) {
  std::vector<std::pair<QueueId, QueueRow>> found;
  while (rows.next()) found.emplace_back(QueueId{rows.number(24)}, read_row(rows));
  return found;
}

}  // namespace

std::optional<Opening> read_opening(const Rows& rows, std::uint32_t first) {
  if (rows.is_null(first)) return std::nullopt;
  Opening opening;
  opening.id = rows.number(first);
  opening.register_from = rows.instant(first + 1);
  opening.register_until = rows.instant(first + 2);
  opening.opens_at = rows.instant(first + 3);
  opening.waits_until = rows.instant(first + 4);
  if (!rows.is_null(first + 5)) opening.entries = rows.number(first + 5);
  if (!rows.is_null(first + 6)) opening.drawn_at = rows.instant(first + 6);
  return opening;
}

std::vector<QueueStore::Named> QueueStore::names() {
  auto rows = session_.query(R"sql(
      SELECT queue_id, COALESCE(name, '') FROM queue WHERE queue_id >= ? ORDER BY queue_id)sql",
                             {kMainQueue});
  std::vector<Named> found;
  while (rows.next()) found.push_back({QueueId{rows.number(1)}, rows.text(2)});
  return found;
}

std::optional<std::string> QueueStore::find_name(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT COALESCE(name, '') FROM queue WHERE queue_id = ?)sql",
                             {queue});
  if (!rows.next()) return std::nullopt;
  return rows.text(1);
}

std::vector<QueueId> QueueStore::ids() {
  std::vector<QueueId> ids;
  for (const Named& queue : names()) ids.push_back(queue.id);
  return ids;
}

void QueueStore::add(QueueId queue, const std::string& name) {
  session_.execute(R"sql(
      INSERT INTO queue (queue_id, name, active_share)
      SELECT ?, ?, CASE WHEN MAX(active_share) IS NOT NULL THEN 0 END FROM queue WHERE queue_id >= ?)sql",
                   {queue, name, kMainQueue});
}

QueueRow QueueStore::read(QueueId queue) {
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {}, {}, NOW(3), m.text_en, m.text_ko, m.until
      FROM queue q LEFT JOIN queue_message m ON m.queue_id = q.queue_id AND (m.until IS NULL OR m.until > NOW(3))
      WHERE q.queue_id = ?)sql",
                                         kQueue, kOpeningColumns),
                             {queue});
  check(rows.next(), "the queue exists");
  QueueRow row = read_row(rows);
  if (rows.is_null(24)) return row;
  row.message = QueueMessage{rows.text(24), rows.text(25)};
  if (!rows.is_null(26)) row.message->until = rows.instant(26);
  return row;
}

QueueRow QueueStore::lock(QueueId queue) {
  // NOW() is when the statement began, before it waited for the lock.
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {}, {}, SYSDATE(3) FROM queue WHERE queue_id = ? FOR UPDATE)sql",
                                         kQueue, kOpeningColumns),
                             {queue});
  check(rows.next(), "the queue exists");
  return read_row(rows);
}

std::vector<std::pair<QueueId, QueueRow>> QueueStore::lock_all() {
  return read_rows(session_.query(fmt::format(R"sql(
      SELECT {}, {}, SYSDATE(3), queue_id FROM queue WHERE queue_id >= ? ORDER BY queue_id FOR UPDATE)sql",
                                              kQueue, kOpeningColumns),
                                  {kMainQueue}));
}

std::vector<std::pair<QueueId, QueueRow>> QueueStore::read_all() {
  return read_rows(session_.query(fmt::format(R"sql(
      SELECT {}, {}, NOW(3), queue_id FROM queue WHERE queue_id >= ? ORDER BY queue_id)sql",
                                              kQueue, kOpeningColumns),
                                  {kMainQueue}));
}

QueueCounts QueueStore::counts(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT q.active_count - (SELECT COUNT(*) FROM token t WHERE t.queue_id = q.queue_id
                               AND t.state = 'ACTIVE' AND t.expires_at <= NOW(3)),
             q.waiting_count + q.returned_count - (SELECT COUNT(*) FROM token t WHERE t.queue_id = q.queue_id
                                                   AND t.state = 'WAITING' AND t.expires_at <= NOW(3) AND t.admitted_at IS NULL
                                                   AND COALESCE(q.waits_until, NOW(3)) <= NOW(3)),
             (SELECT COALESCE(SUM(a.admitted_count), 0) FROM queue_admission a
              WHERE a.queue_id = q.queue_id AND a.admitted_at > NOW(3) - INTERVAL 1 MINUTE AND a.admitted_at <= NOW(3)),
             q.paused
      FROM queue q WHERE q.queue_id = ?)sql",
                             {queue});
  check(rows.next(), "the queue exists");
  return {rows.number(1), rows.number(2), rows.number(3), rows.number(4) != 0};
}

QueueWatch QueueStore::watch(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT COALESCE((SELECT TIMESTAMPDIFF(MICROSECOND, LEAST(NOW(3), GREATEST(t.issued_at, COALESCE(q.opens_at, t.issued_at))), NOW(3)) DIV 1000
                       FROM token t FORCE INDEX (token_expiry)
                       WHERE t.queue_id = q.queue_id AND t.state = 'WAITING' AND t.admitted_at IS NULL
                       ORDER BY t.expires_at LIMIT 1), 0)
      FROM queue q WHERE q.queue_id = ?)sql",
                             {queue});
  check(rows.next(), "the queue exists");
  return {rows.number(1)};
}

HoldsWatch QueueStore::watch_holds() {
  auto rows = session_.query(R"sql(
      SELECT (SELECT COUNT(*) FROM (SELECT reservation_id FROM reservation
              WHERE state = 'HELD' AND held_until > NOW(3) LIMIT 50000) live),
             (SELECT COUNT(*) FROM (SELECT reservation_id FROM reservation
              WHERE state = 'HELD' AND held_until <= NOW(3) LIMIT 50000) lapsed))sql");
  check(rows.next(), "counts have a row");
  return {rows.number(1), rows.number(2)};
}

void QueueStore::take_place(QueueId queue, std::int64_t configured_limit) {
  // Assignments run from left to right: each sees those before it.
  session_.execute(R"sql(
      UPDATE queue
      SET limit_lowered_at = CASE WHEN COALESCE(active_limit, ?) < limit_in_force THEN NOW(3)
                                  ELSE limit_lowered_at END,
          limit_in_force = COALESCE(active_limit, ?),
          entries = CASE WHEN entries IS NULL AND register_until <= SYSDATE(3) THEN last_seq ELSE entries END,
          newest_is_active = (paused = 0 AND waiting_count = 0 AND returned_count = 0 AND (opening_id IS NULL OR drawn_at IS NOT NULL)
                              AND active_count < LEAST(limit_in_force, COALESCE(active_share, limit_in_force))),
          active_count = active_count + newest_is_active,
          waiting_count = waiting_count + 1 - newest_is_active,
          last_seq = last_seq + 1 - newest_is_active
      WHERE queue_id = ?)sql",
                   {configured_limit, configured_limit, queue});
}

void QueueStore::add_active(QueueId queue, std::int64_t count) {
  session_.execute(R"sql(
      UPDATE queue SET active_count = active_count + ?, visit_count = visit_count + ? WHERE queue_id = ?)sql",
                   {count, std::max<std::int64_t>(0, -count), queue});
}

void QueueStore::add_waiting(QueueId queue, std::int64_t count) {
  session_.execute(R"sql(
      UPDATE queue SET waiting_count = waiting_count + ? WHERE queue_id = ?)sql",
                   {count, queue});
}

void QueueStore::note_pass(QueueId queue, std::int64_t admitted, std::int64_t admitted_place,
                           std::int64_t limit) {
  session_.execute(R"sql(
      UPDATE queue
      SET active_count = active_count + ?, waiting_count = waiting_count - ?, admitted_seq = ?,
          limit_lowered_at = CASE WHEN limit_in_force > ? THEN NOW(3) ELSE limit_lowered_at END,
          limit_in_force = ?
      WHERE queue_id = ?)sql",
                   {admitted, admitted, admitted_place, limit, limit, queue});
}

void QueueStore::set_share(QueueId queue, std::optional<std::int64_t> share) {
  session_.execute(R"sql(
      UPDATE queue SET active_share = ? WHERE queue_id = ?)sql",
                   {share, queue});
}

void QueueStore::note_admitted_place(QueueId queue, std::int64_t place) {
  session_.execute(R"sql(
      UPDATE queue SET highest_admitted_seq = ?
      WHERE queue_id = ? AND (highest_admitted_seq IS NULL OR highest_admitted_seq < ?))sql",
                   {place, queue, place});
}

void QueueStore::note_credit(QueueId queue, const AdmissionCredit& credit) {
  session_.execute(R"sql(
      UPDATE queue SET admission_credit = ?, admission_credit_at = ? WHERE queue_id = ?)sql",
                   {credit.user_ms, credit.at, queue});
}

void QueueStore::note_admission(QueueId queue, std::int64_t admitted) {
  if (admitted == 0) return;
  session_.execute(R"sql(
      INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) VALUES (?, NOW(3), ?))sql",
                   {queue, admitted});
}

std::int64_t QueueStore::pace_per_minute(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT MIN(admitted_at), NOW(3), SUM(admitted_count),
             (SELECT admitted_count FROM queue_admission
              WHERE queue_id = ? AND admitted_at > NOW(3) - INTERVAL 1 MINUTE AND admitted_at <= NOW(3)
              ORDER BY admitted_at LIMIT 1)
      FROM queue_admission
      WHERE queue_id = ? AND admitted_at > NOW(3) - INTERVAL 1 MINUTE AND admitted_at <= NOW(3))sql",
                             {queue, queue});
  check(rows.next(), "a sum has a row");
  if (rows.is_null(1)) return 0;
  constexpr std::int64_t kMinute_ms = 60'000;
  const std::int64_t span_ms = std::max<std::int64_t>(1, rows.instant(2) - rows.instant(1));
  const std::int64_t after_first = rows.number(3) - rows.number(4);
  return (after_first * kMinute_ms + span_ms - 1) / span_ms;
}

std::vector<std::pair<Instant, std::int64_t>> QueueStore::admitted_by_minute(QueueId queue,
                                                                             std::int64_t minutes) {
  auto rows = session_.query(R"sql(
      SELECT DATE_FORMAT(admitted_at, '%Y-%m-%d %H:%i:00.000') AS minute, SUM(admitted_count) FROM queue_admission
      WHERE queue_id = ? AND admitted_at > NOW(3) - INTERVAL ? MINUTE
      GROUP BY minute ORDER BY minute)sql",
                             {queue, minutes});
  std::vector<std::pair<Instant, std::int64_t>> found;
  while (rows.next()) found.emplace_back(rows.instant(1), rows.number(2));
  return found;
}

void QueueStore::set_limits(QueueId queue, const QueueLimits& limits,
                            std::int64_t configured_limit) {
  session_.execute(
      R"sql(
      UPDATE queue
      SET active_limit = ?, admit_per_pass = ?,
          limit_lowered_at = CASE WHEN COALESCE(active_limit, ?) < limit_in_force THEN NOW(3)
                                  ELSE limit_lowered_at END,
          limit_in_force = COALESCE(active_limit, ?)
      WHERE queue_id = ?)sql",
      {limits.active_limit, limits.admit_per_pass, configured_limit, configured_limit, queue});
}

void QueueStore::set_opening(QueueId queue, const Opening& opening) {
  session_.execute(R"sql(
      UPDATE queue
      SET opening_id = ?, register_from = ?, register_until = ?, opens_at = ?, waits_until = ?
      WHERE queue_id = ?)sql",
                   {opening.id, opening.register_from, opening.register_until, opening.opens_at,
                    opening.waits_until, queue});
}

void QueueStore::fix_entries(QueueId queue) {
  session_.execute(R"sql(
      UPDATE queue SET entries = last_seq WHERE queue_id = ? AND entries IS NULL)sql",
                   {queue});
}

void QueueStore::note_draw(QueueId queue) {
  session_.execute(R"sql(
      UPDATE queue SET drawn_at = NOW(3) WHERE queue_id = ? AND drawn_at IS NULL)sql",
                   {queue});
}

void QueueStore::set_paused(QueueId queue, bool paused) {
  session_.execute(R"sql(
      UPDATE queue SET paused = ? WHERE queue_id = ?)sql",
                   {paused ? 1 : 0, queue});
}

void QueueStore::set_message(QueueId queue, const std::optional<QueueMessage>& message) {
  session_.execute(R"sql(
      DELETE FROM queue_message WHERE queue_id = ?)sql",
                   {queue});
  if (!message) return;
  session_.execute(R"sql(
      INSERT INTO queue_message (queue_id, text_en, text_ko, until) VALUES (?, ?, ?, ?))sql",
                   {queue, message->en, message->ko, message->until});
}

std::uint64_t QueueStore::prune_admissions(Instant before, std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM queue_admission WHERE admitted_at < ? ORDER BY admitted_at LIMIT ?)sql",
                          {before, limit});
}

}  // namespace concert
