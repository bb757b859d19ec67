#include "store/queue/queue_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "domain/check.h"

namespace concert {
namespace {

// The columns of a queue that read_row() takes, before the time as the fourteenth.
constexpr char kQueue[] =
    "active_limit, admit_per_pass, paused, active_count, waiting_count, last_seq, admitted_seq, "
    "limit_lowered_at, admission_credit, admission_credit_at, highest_admitted_seq, visit_count, "
    "visit_seat_count";

QueueRow read_row(Rows& rows) {
  check(rows.next(), "the queue exists");
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
  if (!rows.is_null(11)) row.highest_admitted_place = rows.number(11);
  row.visit_count = rows.number(12);
  row.visit_seat_count = rows.number(13);
  row.now = rows.instant(14);
  return row;
}

}  // namespace

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
      INSERT INTO queue (queue_id, name) VALUES (?, ?))sql",
                   {queue, name});
}

QueueRow QueueStore::read(QueueId queue) {
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {}, NOW(3), m.text_en, m.text_ko, m.until
      FROM queue q LEFT JOIN queue_message m ON m.queue_id = q.queue_id AND (m.until IS NULL OR m.until > NOW(3))
      WHERE q.queue_id = ?)sql",
                                         kQueue),
                             {queue});
  QueueRow row = read_row(rows);
  if (rows.is_null(15)) return row;
  row.message = QueueMessage{rows.text(15), rows.text(16)};
  if (!rows.is_null(17)) row.message->until = rows.instant(17);
  return row;
}

QueueRow QueueStore::lock(QueueId queue) {
  // NOW() is when the statement began, before it waited for the lock.
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {}, SYSDATE(3) FROM queue WHERE queue_id = ? FOR UPDATE)sql",
                                         kQueue),
                             {queue});
  return read_row(rows);
}

QueueCounts QueueStore::counts(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT q.active_count - (SELECT COUNT(*) FROM token t WHERE t.queue_id = q.queue_id
                               AND t.state = 'ACTIVE' AND t.expires_at <= NOW(3)),
             q.waiting_count - (SELECT COUNT(*) FROM token t WHERE t.queue_id = q.queue_id
                                AND t.state = 'WAITING' AND t.expires_at <= NOW(3)),
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
      SELECT COALESCE((SELECT TIMESTAMPDIFF(MICROSECOND, t.issued_at, NOW(3)) DIV 1000 FROM token t
                       WHERE t.queue_id = q.queue_id AND t.seq > q.admitted_seq AND t.state = 'WAITING'
                       ORDER BY t.seq LIMIT 1), 0)
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
          newest_is_active = (paused = 0 AND waiting_count = 0 AND active_count < limit_in_force),
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

void QueueStore::note_vacancies(QueueId queue, const std::vector<std::int64_t>& places) {
  std::map<std::pair<int, std::int64_t>, std::int64_t> counts;
  for (const std::int64_t place : places) {
    ++counts[{1, block_of(place)}];
    ++counts[{2, superblock_of(place)}];
  }
  for (const auto& [at, count] : counts) {
    session_.execute(R"sql(
        INSERT INTO queue_gap (queue_id, level, block, left_count) VALUES (?, ?, ?, ?)
        ON DUPLICATE KEY UPDATE left_count = left_count + VALUES(left_count))sql",
                     {queue, at.first, at.second, count});
  }
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

// A queue grows faster than the server's statistics of it, so the places name their index.
std::int64_t QueueStore::vacancies_between(QueueId queue, std::int64_t after, std::int64_t before) {
  const VacancyRanges ranges = vacancy_ranges(after, before);
  auto rows = session_.query(
      R"sql(
      SELECT (SELECT COUNT(*) FROM token FORCE INDEX (token_place)
              WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state <> 'WAITING')
           + (SELECT COUNT(*) FROM token FORCE INDEX (token_place)
              WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state <> 'WAITING')
           + (SELECT COALESCE(SUM(left_count), 0) FROM queue_gap
              WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?)
           + (SELECT COALESCE(SUM(left_count), 0) FROM queue_gap
              WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?)
           + (SELECT COALESCE(SUM(left_count), 0) FROM queue_gap
              WHERE queue_id = ? AND level = 2 AND block BETWEEN ? AND ?))sql",
      {queue, ranges.head_places.first, ranges.head_places.last, queue, ranges.tail_places.first,
       ranges.tail_places.last, queue, ranges.head_blocks.first, ranges.head_blocks.last, queue,
       ranges.tail_blocks.first, ranges.tail_blocks.last, queue, ranges.superblocks.first,
       ranges.superblocks.last});
  check(rows.next(), "a sum has a row");
  return rows.number(1);
}

void QueueStore::read_vacancies(QueueId queue, QueueState& state) {
  const std::int64_t block = state.head_block();
  const std::int64_t superblock = state.head_superblock();
  auto head = session_.query(
      R"sql(
      SELECT (SELECT COUNT(*) FROM token FORCE INDEX (token_place)
              WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state IN ('LEFT', 'EXPIRED') AND admitted_at IS NULL),
             (SELECT COALESCE(SUM(left_count), 0) FROM queue_gap
              WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?))sql",
      {queue, state.admitted_place + 1, members_of(block).last, queue, block + 1,
       members_of(superblock).last});
  check(head.next(), "a sum has a row");
  state.vacancies_in_head_block = head.number(1);
  state.vacancies_after_head_block = head.number(2);
  auto rows =
      session_.query(R"sql(
      SELECT block, left_count FROM queue_gap WHERE queue_id = ? AND level = 2 AND block >= ? ORDER BY block LIMIT ?)sql",
                     {queue, superblock, static_cast<std::int64_t>(QueueState::kMostSuperblocks)});
  while (rows.next()) state.vacancies_by_superblock.emplace_back(rows.number(1), rows.number(2));
  if (state.vacancies_by_superblock.size() == QueueState::kMostSuperblocks)
    state.superblocks_end = state.vacancies_by_superblock.back().first + 1;
}

SuperblockCounts QueueStore::superblock_counts(QueueId queue, std::int64_t superblock, Instant at) {
  SuperblockCounts counts(at, superblock);
  const Range blocks = members_of(superblock);
  auto rows = session_.query(R"sql(
      SELECT block, left_count FROM queue_gap WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?)sql",
                             {queue, blocks.first, blocks.last});
  while (rows.next()) counts.add(rows.number(1), rows.number(2));
  return counts;
}

BlockVacancies QueueStore::block_vacancies(QueueId queue, std::int64_t first_block,
                                           std::int64_t block, Instant at) {
  auto rows = session_.query(R"sql(
      SELECT COALESCE(SUM(left_count), 0), COALESCE(MAX(CASE WHEN block = ? THEN left_count END), 0)
      FROM queue_gap WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?)sql",
                             {block, queue, first_block, block});
  check(rows.next(), "a sum has a row");
  return {rows.number(1) - rows.number(2), rows.number(2), at};
}

std::vector<std::int64_t> QueueStore::vacant_places(QueueId queue, const Range& places) {
  auto rows = session_.query(R"sql(
      SELECT seq FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state IN ('LEFT', 'EXPIRED') AND admitted_at IS NULL
      ORDER BY seq)sql",
                             {queue, places.first, places.last});
  std::vector<std::int64_t> found;
  while (rows.next()) found.push_back(rows.number(1));
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

std::uint64_t QueueStore::prune_vacancies(QueueId queue, std::int64_t admitted_place,
                                          std::int64_t limit) {
  // A superblock goes only once the whole of it is admitted.
  const auto blocks = session_.execute(R"sql(
      DELETE FROM queue_gap WHERE queue_id = ? AND level = 1 AND block < ? ORDER BY block LIMIT ?)sql",
                                       {queue, block_of(admitted_place), limit});
  return blocks + session_.execute(R"sql(
      DELETE FROM queue_gap WHERE queue_id = ? AND level = 2 AND block < ? ORDER BY block LIMIT ?)sql",
                                   {queue, superblock_of(admitted_place), limit});
}

}  // namespace concert
