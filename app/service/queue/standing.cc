#include "service/queue/standing.h"

#include <fmt/format.h>

#include <algorithm>

namespace concert {

double Standing::jitter() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }

TokenAnswer Standing::active(const Token& token, Instant now) {
  TokenAnswer answer;
  answer.user = token.user;
  answer.status = TokenState::active;
  answer.estimated_wait_s = 0;
  answer.poll_after_s = poll_after_s(0, backend_.settings.active_seconds, jitter());
  // A use that could not be noted promises nothing.
  answer.expires_at = std::min(backend_.life.promised_end(now, token.issued_at), token.expires_at);
  answer.token = text_.sign(
      {token.user, token.id, token.seq, TokenState::active, token.issued_at, Instant{}, 0}, now);
  return answer;
}

TokenAnswer Standing::waiting(const Token& token, std::int64_t position, std::int64_t told,
                              const LineState& line, Instant now) {
  TokenAnswer answer;
  answer.user = token.user;
  answer.position = std::max<std::int64_t>(1, told > 0 ? std::min(position, told) : position);
  answer.estimated_wait_s =
      estimated_wait_s(line, answer.position, backend_.settings.active_seconds,
                       backend_.settings.admit_interval_seconds);
  answer.poll_after_s = poll_after_s(answer.position, backend_.settings.active_seconds, jitter());
  answer.expires_at = token.expires_at;
  answer.token = text_.sign({token.user, token.id, token.seq, TokenState::waiting, token.issued_at,
                             token.expires_at, answer.position},
                            now);
  return answer;
}

LineState Standing::line_by_database(const QueueRow& row, QueueId queue) {
  LineState line;
  line.admitted_seq = row.admitted_seq;
  line.last_seq = row.last_seq;
  line.ended_waits = row.last_seq - row.waiting_count;
  line.pace_per_minute = backend_.queues.pace_per_minute(queue);
  line.active_limit = row.set.active_limit.value_or(backend_.settings.active_limit);
  line.admit_per_pass = row.set.admit_per_pass.value_or(backend_.settings.admit_per_pass);
  line.free_places = std::max<std::int64_t>(0, line.active_limit - row.active_count);
  line.paused = row.paused;
  return line;
}

LineState Standing::line(QueueId queue) {
  const auto published = backend_.queue_cache.published(queue);
  if (published.line) return *published.line;
  return line_by_database(backend_.queues.read(queue), queue);
}

TokenAnswer Standing::waiting_by_database(const Token& token, std::int64_t told, Instant now) {
  const QueueRow row = backend_.queues.read(token.queue);
  std::int64_t position = token.seq - row.admitted_seq;
  const bool somebody_left = row.waiting_count < row.last_seq - row.admitted_seq;
  if (somebody_left)
    position -= backend_.queues.left_between(token.queue, row.admitted_seq, token.seq);
  return waiting(token, position, told, line_by_database(row, token.queue), now);
}

bool Standing::is_published(const CachedPlace& place, std::int64_t seq, Instant issued,
                            Instant now) {
  if (!place.line || !QueueCache::is_fresh(place.line_at, now)) return false;
  // A line that had this place before it was given is of another token, whose place was lost.
  const bool is_of_another = seq <= place.line->last_seq && issued > place.line_at && issued <= now;
  return !is_of_another;
}

Instant Standing::now_beside(const CachedPlace& place) {
  const Instant now = backend_.db.now();
  const bool is_doubtful = place.line && !QueueCache::is_fresh(place.line_at, now);
  return is_doubtful ? backend_.db.asked_now() : now;
}

std::optional<std::int64_t> Standing::cached_position(const CachedPlace& place, std::int64_t seq) {
  // Its own wait has ended, and memcached lost the note on the token.
  if (!place.line || !place.line->knows(seq) || (place.block && place.block->has(seq)))
    return std::nullopt;
  const auto vacant = vacancies(place, seq);
  return vacant ? position(place, seq, *vacant) : std::nullopt;
}

std::optional<std::int64_t> Standing::position(const CachedPlace& place, std::int64_t seq,
                                               const BlockVacancies& vacant) {
  const LineState& line = *place.line;
  std::int64_t left = vacant.before;
  if (vacant.own > 0) {
    if (!place.block) return std::nullopt;
    const auto own =
        place.block->before(seq, line.admitted_seq, vacant.own, std::max(place.line_at, vacant.at));
    if (!own) return std::nullopt;
    left += *own;
  }
  return seq - line.admitted_seq - left;
}

// Of the blocks before that of `seq`, and of that.
std::optional<BlockVacancies> Standing::vacancies(const CachedPlace& place, std::int64_t seq) {
  const LineState& line = *place.line;
  const std::int64_t block = block_of(seq);
  if (block == line.head_block()) return BlockVacancies{0, line.left_in_head_block, place.line_at};
  const std::int64_t superblock = superblock_of(seq);
  BlockVacancies vacant{0, 0, place.line_at};
  if (line.left_in_superblock(superblock) > 0) {
    if (!place.superblock) return std::nullopt;
    const auto found = place.superblock->at_block(
        block, line.first_block(superblock), line.left_in_superblock(superblock), place.line_at);
    if (!found) return std::nullopt;
    vacant = *found;
  }
  vacant.before += line.left_before_superblock(superblock);
  return vacant;
}

std::optional<std::int64_t> Standing::mended_position(CachedPlace place, const Token& token,
                                                      Instant now) {
  if (auto known = cached_position(place, token.seq)) return known;
  if (!place.line->knows(token.seq)) return std::nullopt;
  // What is read from here on is of a moment after the line.
  const Instant at = std::max(now, place.line_at + 1);
  auto vacant = vacancies(place, token.seq);
  if (!vacant) vacant = mended_vacancies(place, token.seq, at);
  if (vacant->own > 0 || (place.block && place.block->has(token.seq))) mend_block(place, token, at);
  return position(place, token.seq, *vacant);
}

BlockVacancies Standing::mended_vacancies(CachedPlace& place, std::int64_t seq, Instant at) {
  const LineState& line = *place.line;
  const std::int64_t superblock = superblock_of(seq);
  if (backend_.queue_cache.takes_turn(fmt::format("vacant2:{}", superblock))) {
    backend_.queue_cache.keep_superblock(
        line, superblock, backend_.queues.superblock_counts(kMainQueue, superblock, at));
  }
  BlockVacancies vacant =
      backend_.queues.block_vacancies(kMainQueue, line.first_block(superblock), block_of(seq), at);
  vacant.before += line.left_before_superblock(superblock);
  return vacant;
}

void Standing::mend_block(CachedPlace& place, const Token& token, Instant at) {
  const std::int64_t block = block_of(token.seq);
  const Range range{std::max(place.line->admitted_seq + 1, block << kBlockBits),
                    ((block + 1) << kBlockBits) - 1};
  place.block.emplace(block, at);
  for (const std::int64_t gap : backend_.queues.gaps(token.queue, range)) place.block->add(gap);
  backend_.queue_cache.keep_block(*place.line, block, *place.block, at);
}

}  // namespace concert
