#include "store/queue/vacancy_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

constexpr Range kNone{1, 0};

}  // namespace

void VacancyStore::note(QueueId queue, const std::vector<std::int64_t>& places) {
  std::map<std::pair<int, std::int64_t>, std::int64_t> counts;
  for (const std::int64_t place : places) {
    ++counts[{1, block_of(place)}];
    ++counts[{2, superblock_of(place)}];
  }
  constexpr std::size_t kMostRows = 256;
  for (auto next = counts.begin(); next != counts.end();) {
    std::vector<Value> values;
    std::size_t rows = 0;
    for (; next != counts.end() && rows < kMostRows; ++next, ++rows) {
      const auto& [at, count] = *next;
      values.insert(values.end(), {queue, at.first, at.second, count});
    }
    session_.execute(fmt::format(R"sql(
        INSERT INTO queue_gap (queue_id, level, block, left_count) VALUES {}
        ON DUPLICATE KEY UPDATE left_count = left_count + VALUES(left_count))sql",
                                 placeholder_rows(rows, 4)),
                     values);
  }
}

void VacancyStore::replace(QueueId queue, const std::vector<std::int64_t>& places) {
  session_.execute(R"sql(
      DELETE FROM queue_gap WHERE queue_id = ?)sql",
                   {queue});
  note(queue, places);
}

std::vector<std::int64_t> VacancyStore::drawn_among(QueueId queue, const PlaceOrder& order,
                                                    const Range& places) {
  const auto seqs = padded(order.seqs_at(places));
  std::vector<Value> values{queue};
  values.insert(values.end(), seqs.begin(), seqs.end());
  auto rows = session_.query(fmt::format(R"sql(
      SELECT seq FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq IN ({}) AND state IN ('LEFT', 'EXPIRED') AND admitted_at IS NULL)sql",
                                         placeholders(seqs.size())),
                             values);
  std::vector<std::int64_t> found;
  while (rows.next()) found.push_back(order.place_of(rows.number(1)));
  std::sort(found.begin(), found.end());
  return found;
}

// The tokens at drawn places are named one by one, others by the range of their places.
VacancyStore::Split VacancyStore::split(QueueId queue, const PlaceOrder& order,
                                        const Range& places) {
  if (!order.is_drawn(places)) return {places, 0};
  return {kNone, static_cast<std::int64_t>(drawn_among(queue, order, places).size())};
}

// A queue grows faster than the server's statistics of it, so the places name their index.
std::int64_t VacancyStore::between(QueueId queue, const PlaceOrder& order, std::int64_t after,
                                   std::int64_t before) {
  const VacancyRanges ranges = vacancy_ranges(after, before);
  const Split head = split(queue, order, ranges.head_places);
  const Split tail = split(queue, order, ranges.tail_places);
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
      {queue, head.places.first, head.places.last, queue, tail.places.first, tail.places.last,
       queue, ranges.head_blocks.first, ranges.head_blocks.last, queue, ranges.tail_blocks.first,
       ranges.tail_blocks.last, queue, ranges.superblocks.first, ranges.superblocks.last});
  check(rows.next(), "a sum has a row");
  return rows.number(1) + head.drawn + tail.drawn;
}

void VacancyStore::read(QueueId queue, const PlaceOrder& order, QueueState& state) {
  const std::int64_t block = state.head_block();
  const std::int64_t superblock = state.head_superblock();
  const Split rest = split(queue, order, {state.admitted_place + 1, members_of(block).last});
  auto head = session_.query(
      R"sql(
      SELECT (SELECT COUNT(*) FROM token FORCE INDEX (token_place)
              WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state IN ('LEFT', 'EXPIRED') AND admitted_at IS NULL),
             (SELECT COALESCE(SUM(left_count), 0) FROM queue_gap
              WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?))sql",
      {queue, rest.places.first, rest.places.last, queue, block + 1, members_of(superblock).last});
  check(head.next(), "a sum has a row");
  state.vacancies_in_head_block = head.number(1) + rest.drawn;
  state.vacancies_after_head_block = head.number(2);
  auto rows =
      session_.query(R"sql(
      SELECT block, left_count FROM queue_gap WHERE queue_id = ? AND level = 2 AND block >= ? ORDER BY block LIMIT ?)sql",
                     {queue, superblock, static_cast<std::int64_t>(QueueState::kMostSuperblocks)});
  while (rows.next()) state.vacancies_by_superblock.emplace_back(rows.number(1), rows.number(2));
  if (state.vacancies_by_superblock.size() == QueueState::kMostSuperblocks)
    state.superblocks_end = state.vacancies_by_superblock.back().first + 1;
}

SuperblockCounts VacancyStore::superblock_counts(QueueId queue, std::int64_t superblock,
                                                 Instant at) {
  SuperblockCounts counts(at, superblock);
  const Range blocks = members_of(superblock);
  auto rows = session_.query(R"sql(
      SELECT block, left_count FROM queue_gap WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?)sql",
                             {queue, blocks.first, blocks.last});
  while (rows.next()) counts.add(rows.number(1), rows.number(2));
  return counts;
}

BlockVacancies VacancyStore::block_vacancies(QueueId queue, std::int64_t first_block,
                                             std::int64_t block, Instant at) {
  auto rows = session_.query(R"sql(
      SELECT COALESCE(SUM(left_count), 0), COALESCE(MAX(CASE WHEN block = ? THEN left_count END), 0)
      FROM queue_gap WHERE queue_id = ? AND level = 1 AND block BETWEEN ? AND ?)sql",
                             {block, queue, first_block, block});
  check(rows.next(), "a sum has a row");
  return {rows.number(1) - rows.number(2), rows.number(2), at};
}

std::vector<std::int64_t> VacancyStore::among(QueueId queue, const PlaceOrder& order,
                                              const Range& places) {
  if (order.is_drawn(places)) return drawn_among(queue, order, places);
  auto rows = session_.query(R"sql(
      SELECT seq FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state IN ('LEFT', 'EXPIRED') AND admitted_at IS NULL
      ORDER BY seq)sql",
                             {queue, places.first, places.last});
  std::vector<std::int64_t> found;
  while (rows.next()) found.push_back(rows.number(1));
  return found;
}

std::uint64_t VacancyStore::prune(QueueId queue, std::int64_t admitted_place, std::int64_t limit) {
  // A superblock goes only once the whole of it is admitted.
  const auto blocks = session_.execute(R"sql(
      DELETE FROM queue_gap WHERE queue_id = ? AND level = 1 AND block < ? ORDER BY block LIMIT ?)sql",
                                       {queue, block_of(admitted_place), limit});
  return blocks + session_.execute(R"sql(
      DELETE FROM queue_gap WHERE queue_id = ? AND level = 2 AND block < ? ORDER BY block LIMIT ?)sql",
                                   {queue, superblock_of(admitted_place), limit});
}

}  // namespace concert
