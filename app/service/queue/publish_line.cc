#include "service/queue/publish_line.h"

#include <fmt/format.h>

#include "store/session/transaction.h"

namespace concert {

void PublishLine::run() {
  // Who was faster may have read the line before what this process did to it.
  constexpr int kAttempts = 5;
  for (int i = 0; i < kAttempts && backend_.queue_cache.reachable(kMainQueue); ++i) {
    if (attempt(i > 0)) return;
  }
}

void PublishLine::fill() {
  if (!backend_.queue_cache.reachable(kMainQueue)) return;
  if (backend_.queue_cache.takes_turn(fmt::format("queue:{}", kMainQueue.value))) attempt(false);
}

// All of one moment: what is cached of the blocks is held against the sums that the line tells.
PublishLine::Reading PublishLine::read(const std::optional<LineState>& published) {
  constexpr std::size_t kMostSuperblocks = 64;  // of more the polls fetch what they need
  const Snapshot snapshot(backend_.db);
  const QueueRow row = backend_.queues.read(kMainQueue);
  Reading found{standing_.line_by_database(row, kMainQueue), row.now, {}};
  LineState& line = found.line;
  // Nobody left the part of the line that is still waiting: no need to look where.
  const bool somebody_left = row.waiting_count < row.last_seq - row.admitted_seq;
  if (somebody_left) backend_.queues.read_vacancies(kMainQueue, line);
  const auto ends = backend_.tokens.ends(published ? published->last_end : LastEnd{});
  line.last_end = ends.last;
  const bool is_known = published && ends.has_known;
  if (is_known) line.lineage = published->lineage;
  for (const auto& [superblock, left] : line.left_by_superblock) {
    if (is_known && published->total_of(superblock) == left) continue;
    if (line.left_in_superblock(superblock) == 0) continue;
    if (found.superblocks.size() == kMostSuperblocks) break;
    found.superblocks.emplace_back(
        superblock, backend_.queues.superblock_counts(kMainQueue, superblock, row.now));
  }
  return found;
}

bool PublishLine::attempt(bool lost) {
  const auto published = backend_.queue_cache.published(kMainQueue);
  if (!backend_.queue_cache.reachable(kMainQueue)) return false;
  Reading found = read(published.line);
  LineState& line = found.line;
  // A database that does not know how the published line came about has lost the end of its history
  // since. One that knows it, and is behind, is a copy that will catch up.
  const bool is_known = line.lineage != 0;
  const bool is_behind = is_known && published.line->is_further_than(line);
  if (is_known && QueueCache::is_fresh(published.at, found.at) &&
      (is_behind || (lost && *published.line == line)))
    return true;
  if (!is_known || is_behind)
    line.lineage = std::uniform_int_distribution<std::int64_t>(1)(random_);
  for (const auto& [superblock, counts] : found.superblocks)
    backend_.queue_cache.keep_superblock(line, superblock, counts);
  return backend_.queue_cache.publish(kMainQueue, line, found.at, published);
}

}  // namespace concert
