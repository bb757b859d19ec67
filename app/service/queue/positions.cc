#include "service/queue/positions.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/check.h"

namespace concert {
namespace {

std::int64_t seq_of(const Token& token) {
  check(token.seq.has_value(), "a waiting token has a number");
  return *token.seq;
}

}  // namespace

PublishedQueue Positions::poll(const Token& token, std::optional<std::int64_t>& place) {
  const std::int64_t seq = seq_of(token);
  PublishedQueue queue = cache_.poll_again({token.queue, token.issue(), seq}).queue;
  if (!queue.state) return queue;
  place = this->place(token.queue, *queue.state, seq);
  const bool is_elsewhere = place && *place != seq;
  return is_elsewhere ? cache_.poll_again({token.queue, token.issue(), place}).queue : queue;
}

FoundPosition Positions::find(const Token& token, Instant now) {
  if (token.admitted_at) return by_database(token);
  const auto is_published = [&](const PublishedQueue& queue) {
    return is_believed(queue, token.seq, token.issued_at, now_beside(queue));
  };
  std::optional<std::int64_t> place;
  PublishedQueue queue = poll(token, place);
  if (!is_published(queue)) {
    // One caller publishes for the others, so that they need not ask the database.
    publish_.fill(token.queue);
    queue = poll(token, place);
  } else if (is_behind(*queue.state, token.queue)) {
    // Here each caller publishes: while nothing was published, the database may have told this user
    // a smaller position than the state that another process publishes now.
    publish_.run(token.queue);
    queue = poll(token, place);
  }
  if (is_published(queue)) {
    if (!place) return {place, 0, queue.state};
    if (const auto position = mended(queue, token.queue, *place, now))
      return {place, *position, queue.state};
  }
  return by_database(token);
}

// Another host that cannot reach memcached may have told its users of what happened since.
bool Positions::is_behind(const QueueState& published, QueueId queue) {
  const QueueRow row = queues_.read(queue);
  return row.admitted_place > published.admitted_place ||
         row.last_place - row.waiting_count > published.ended_waits ||
         row.opening != published.opening;
}

FoundPosition Positions::by_database(const Token& token) {
  const QueueRow row = queues_.read(token.queue);
  const PlaceOrder order = orders_.of(token.queue, row.opening);
  const auto state = std::make_shared<QueueState>(publish_.read_state(token.queue, row));
  const auto place = told_place(row.opening, order, seq_of(token));
  if (!place) return {place, 0, state};
  if (token.admitted_at) return {place, 1, state};
  const std::int64_t vacancies =
      row.vacancies() == 0 ? 0 : vacancies_.between(token.queue, order, row.admitted_place, *place);
  return {place, position_of(*place, row.admitted_place, vacancies), state};
}

std::shared_ptr<const QueueState> Positions::state(QueueId queue,
                                                   const std::optional<Opening>& opening) {
  if (is_open(opening)) {
    auto published = cache_.published(queue).state;
    if (published && published->opening == opening) return published;
  }
  return std::make_shared<QueueState>(publish_.read_state(queue, queues_.read(queue)));
}

std::optional<std::int64_t> Positions::place(QueueId queue, const QueueState& state,
                                             std::int64_t seq) {
  return told_place(state.opening, orders_.of(queue, state.opening), seq);
}

TokenNumbers Positions::numbers(const Token& token) {
  if (!token.seq || !token.is_of_opening) return {token.seq, {}};
  const auto opening = queues_.read(token.queue).opening;
  const bool is_entry = opening && opening->is_entry(*token.seq);
  return {told_place(opening, orders_.of(token.queue, opening), *token.seq),
          is_entry ? token.seq : std::nullopt};
}

bool Positions::is_believed(const PublishedQueue& queue, std::optional<std::int64_t> seq,
                            Instant issued, Instant now) {
  if (!queue.state || !QueueCache::is_fresh(queue.at, now)) return false;
  // A state that had this number before it was given had it for another token, which was lost.
  const bool is_of_another =
      seq.value_or(0) <= queue.state->last_place && issued > queue.at && issued <= now;
  return !is_of_another;
}

Instant Positions::now_beside(const PublishedQueue& queue) {
  const Instant now = db_.now();
  const bool is_doubtful = queue.state && !QueueCache::is_fresh(queue.at, now);
  return is_doubtful ? db_.asked_now() : now;
}

std::optional<std::int64_t> Positions::mended(PublishedQueue queue, QueueId id, std::int64_t place,
                                              Instant now) {
  if (auto known = queue.position(place)) return known;
  if (!queue.state->knows(place)) return std::nullopt;
  // What is read from here on is of a moment after the state.
  const Instant at = std::max(now, queue.at + 1);
  auto vacant = queue.vacancies(place);
  if (!vacant) vacant = read_vacancies(queue, id, place, at);
  // If the entry says that the token's own place is a vacancy, it speaks of a wait that was lost.
  if (vacant->own > 0 || (queue.block && queue.block->has(place))) mend_block(queue, id, place, at);
  return queue.position(place, *vacant);
}

BlockVacancies Positions::read_vacancies(const PublishedQueue& queue, QueueId id,
                                         std::int64_t place, Instant at) {
  const QueueState& state = *queue.state;
  const std::int64_t superblock = superblock_of(place);
  if (cache_.takes_turn(fmt::format("vacant2:{}:{}", id.value, superblock)))
    cache_.keep_superblock(state, superblock, vacancies_.superblock_counts(id, superblock, at));
  BlockVacancies vacant =
      vacancies_.block_vacancies(id, state.first_block(superblock), block_of(place), at);
  vacant.before += state.vacancies_before_superblock(superblock);
  return vacant;
}

void Positions::mend_block(PublishedQueue& queue, QueueId id, std::int64_t place, Instant at) {
  const std::int64_t block = block_of(place);
  Range places = members_of(block);
  places.first = std::max(queue.state->admitted_place + 1, places.first);
  queue.block.emplace(block, at);
  const PlaceOrder order = orders_.of(id, queue.state->opening);
  for (const std::int64_t vacancy : vacancies_.among(id, order, places)) queue.block->add(vacancy);
  cache_.keep_block(*queue.state, block, *queue.block, at);
}

}  // namespace concert
