#include "service/queue/positions.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/check.h"

namespace concert {
namespace {

std::int64_t place_of(const Token& token) {
  check(token.place.has_value(), "a waiting token has a place");
  return *token.place;
}

}  // namespace

FoundPosition Positions::find(const Token& token, Instant now) {
  const PolledToken polled{token.queue, token.issue(), token.place};
  const auto is_published = [&](const PublishedQueue& queue) {
    return is_believed(queue, token.place, token.issued_at, now_beside(queue));
  };
  PublishedQueue queue = cache_.poll_again(polled).queue;
  if (!is_published(queue)) {
    // One caller publishes for the others, so that they need not ask the database.
    publish_.fill(token.queue);
    queue = cache_.poll_again(polled).queue;
  } else if (is_behind(*queue.state, token.queue)) {
    // Here each caller publishes: while nothing was published, the database may have told this user
    // a smaller position than the state that another process publishes now.
    publish_.run(token.queue);
    queue = cache_.poll_again(polled).queue;
  }
  if (is_published(queue)) {
    if (const auto position = mended(queue, token, now)) return {*position, queue.state};
  }
  return by_database(token);
}

// Another host that cannot reach memcached may have told its users of what happened since.
bool Positions::is_behind(const QueueState& published, QueueId queue) {
  const QueueRow row = queues_.read(queue);
  return row.admitted_place > published.admitted_place ||
         row.last_place - row.waiting_count > published.ended_waits;
}

FoundPosition Positions::by_database(const Token& token) {
  const QueueRow row = queues_.read(token.queue);
  const std::int64_t place = place_of(token);
  const std::int64_t vacancies =
      row.vacancies() == 0 ? 0 : queues_.vacancies_between(token.queue, row.admitted_place, place);
  return {position_of(place, row.admitted_place, vacancies),
          std::make_shared<QueueState>(publish_.read_state(token.queue, row))};
}

std::shared_ptr<const QueueState> Positions::state(QueueId queue) {
  if (auto published = cache_.published(queue).state) return published;
  return std::make_shared<QueueState>(publish_.read_state(queue, queues_.read(queue)));
}

bool Positions::is_believed(const PublishedQueue& queue, std::optional<std::int64_t> place,
                            Instant issued, Instant now) {
  if (!queue.state || !QueueCache::is_fresh(queue.at, now)) return false;
  // A state that had this place before it was given had it for another token, which was lost.
  const bool is_of_another =
      place.value_or(0) <= queue.state->last_place && issued > queue.at && issued <= now;
  return !is_of_another;
}

Instant Positions::now_beside(const PublishedQueue& queue) {
  const Instant now = db_.now();
  const bool is_doubtful = queue.state && !QueueCache::is_fresh(queue.at, now);
  return is_doubtful ? db_.asked_now() : now;
}

std::optional<std::int64_t> Positions::mended(PublishedQueue queue, const Token& token,
                                              Instant now) {
  const std::int64_t place = place_of(token);
  if (auto known = queue.position(place)) return known;
  if (!queue.state->knows(place)) return std::nullopt;
  // What is read from here on is of a moment after the state.
  const Instant at = std::max(now, queue.at + 1);
  auto vacant = queue.vacancies(place);
  if (!vacant) vacant = read_vacancies(queue, token, at);
  // If the entry says that the token's own place is a vacancy, it speaks of a wait that was lost.
  if (vacant->own > 0 || (queue.block && queue.block->has(place))) mend_block(queue, token, at);
  return queue.position(place, *vacant);
}

BlockVacancies Positions::read_vacancies(const PublishedQueue& queue, const Token& token,
                                         Instant at) {
  const QueueState& state = *queue.state;
  const std::int64_t place = place_of(token);
  const std::int64_t superblock = superblock_of(place);
  if (cache_.takes_turn(fmt::format("vacant2:{}", superblock))) {
    cache_.keep_superblock(state, superblock,
                           queues_.superblock_counts(token.queue, superblock, at));
  }
  BlockVacancies vacant =
      queues_.block_vacancies(token.queue, state.first_block(superblock), block_of(place), at);
  vacant.before += state.vacancies_before_superblock(superblock);
  return vacant;
}

void Positions::mend_block(PublishedQueue& queue, const Token& token, Instant at) {
  const std::int64_t block = block_of(place_of(token));
  Range places = members_of(block);
  places.first = std::max(queue.state->admitted_place + 1, places.first);
  queue.block.emplace(block, at);
  for (const std::int64_t vacancy : queues_.vacant_places(token.queue, places))
    queue.block->add(vacancy);
  cache_.keep_block(*queue.state, block, *queue.block, at);
}

}  // namespace concert
