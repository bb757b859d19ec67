#include "service/queue/publish_queue.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/session/transaction.h"

namespace concert {

QueueState PublishQueue::read_state(QueueId queue, const QueueRow& row) {
  const LimitsInForce limits = row.set.in_force(settings_.queue_limits());
  QueueState state;
  state.admitted_place = row.admitted_place;
  state.last_place = row.last_place;
  state.ended_waits = row.last_place - row.waiting_count;
  state.pace_per_minute = queues_.pace_per_minute(queue);
  state.active_limit = limits.active_limit;
  state.admit_per_pass = limits.rate.per_interval;
  state.room = room_for_active(limits, row.active_share, row.active_count);
  state.paused = row.paused;
  state.opening = row.opening;
  state.stock = stock_.lately(queue, row);
  state.message = row.message;
  return state;
}

static bool places_are_same(const std::optional<Opening>& a, const std::optional<Opening>& b) {
  return a.has_value() == b.has_value() && is_open(a) == is_open(b) && (!a || a->id == b->id);
}

void PublishQueue::run(QueueId queue) {
  // A process that was faster may have read the queue before it saw what this process changed.
  constexpr int kAttempts = 5;
  for (int i = 0; i < kAttempts && cache_.reachable(queue); ++i) {
    if (attempt(queue, i > 0)) return;
  }
}

void PublishQueue::fill(QueueId queue) {
  if (!cache_.reachable(queue)) return;
  if (cache_.takes_turn(fmt::format("queue{}:{}", QueueState::kTextVersion, queue.value)))
    attempt(queue, false);
}

// All of it is of one moment: cached blocks are compared with the sums in the state.
PublishQueue::Reading PublishQueue::read(QueueId queue,
                                         const std::shared_ptr<const QueueState>& published) {
  constexpr std::size_t kMostSuperblocks = 64;  // the polls fetch what they need of more
  const Snapshot snapshot(db_);
  const QueueRow row = queues_.read(queue);
  Reading found{read_state(queue, row), row.now, {}};
  QueueState& state = found.state;
  if (row.vacancies() > 0) vacancies_.read(queue, orders_.of(queue, row.opening), state);
  const auto ends = tokens_.ends(published ? published->last_end : std::nullopt);
  state.last_end = ends.last;
  // After a draw, each place may be that of another token.
  const bool is_known =
      published && ends.has_known && places_are_same(published->opening, state.opening);
  if (is_known) state.lineage = published->lineage;
  for (const auto& [superblock, vacancies] : state.vacancies_by_superblock) {
    if (is_known && published->total_of(superblock) == vacancies) continue;
    if (state.vacancies_in_superblock(superblock) == 0) continue;
    if (found.superblocks.size() == kMostSuperblocks) break;
    found.superblocks.emplace_back(superblock,
                                   vacancies_.superblock_counts(queue, superblock, row.now));
  }
  return found;
}

bool PublishQueue::attempt(QueueId queue, bool lost) {
  const auto published = cache_.published(queue);
  if (!cache_.reachable(queue)) return false;
  Reading found = read(queue, published.state);
  QueueState& state = found.state;
  // A database that does not know how the published state came about has lost the end of its
  // history since. One that knows it and is behind is a copy that will catch up.
  const bool is_known = state.lineage != 0;
  const bool is_behind = is_known && published.state->is_further_than(state);
  if (is_known && QueueCache::is_fresh(published.at, found.at) &&
      (is_behind || (lost && *published.state == state)))
    return true;
  if (!is_known || is_behind)
    state.lineage = std::uniform_int_distribution<std::int64_t>(1)(random_);
  for (const auto& [superblock, counts] : found.superblocks)
    cache_.keep_superblock(state, superblock, counts);
  return cache_.publish(queue, state, found.at, published);
}

}  // namespace concert
