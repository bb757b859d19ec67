#include "service/standing.h"

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
  if (somebody_left) {
    position -= backend_.queues.left_between(token.queue, row.admitted_seq, token.seq);
    const std::int64_t block = block_of(token.seq);
    const Range places{std::max(row.admitted_seq + 1, block << kBlockBits),
                       ((block + 1) << kBlockBits) - 1};
    backend_.queue_cache.complete_gaps(token.queue, block,
                                       backend_.queues.gaps(token.queue, places));
  }
  return waiting(token, position, told, line_by_database(row, token.queue), now);
}

std::optional<std::int64_t> Standing::cached_position(const CachedPlace& place, std::int64_t seq) {
  if (!place.line || !place.left_in_own_block || seq <= place.line->admitted_seq)
    return std::nullopt;
  return seq - place.line->admitted_seq - place.line->left_before_block(block_of(seq)) -
         *place.left_in_own_block;
}

}  // namespace concert
