#include "service/queue/tell_wait.h"

namespace concert {

TokenAnswer TellWait::run(const Token& token, std::int64_t told, Instant now) {
  const WaitingPlace waiting{token.queue, token.issue(), token.seq};
  const auto is_published = [&](const CachedPlace& place) {
    return Standing::is_published(place, token.seq, token.issued_at, standing_.now_beside(place));
  };
  CachedPlace place = backend_.queue_cache.look_again(waiting);
  // Whoever notices first that nothing is published spares the others the database, and only then
  // asks it for itself.
  if (!is_published(place)) {
    publish_.fill();
    place = backend_.queue_cache.look_again(waiting);
  } else if (is_behind(*place.line, token)) {
    // Not for one caller in a second: while nothing was published the database may have told this
    // user a lesser position than the line that another publishes now.
    publish_.run();
    place = backend_.queue_cache.look_again(waiting);
  }
  if (is_published(place)) {
    if (const auto position = standing_.mended_position(place, token, now))
      return standing_.waiting(token, *position, told, *place.line, now);
  }
  return standing_.waiting_by_database(token, told, now);
}

// Another host, which cannot reach memcached, may have told of what happened since.
bool TellWait::is_behind(const LineState& published, const Token& token) {
  const QueueRow row = backend_.queues.read(token.queue);
  return row.admitted_seq > published.admitted_seq ||
         row.last_seq - row.waiting_count > published.ended_waits;
}

}  // namespace concert
