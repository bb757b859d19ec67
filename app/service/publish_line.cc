#include "service/publish_line.h"

#include <tuple>

namespace concert {

void PublishLine::run() {
  // Who was faster may have read the line before what this process did to it.
  constexpr int kAttempts = 5;
  for (int i = 0; i < kAttempts && backend_.queue_cache.reachable(kMainQueue); ++i) {
    if (attempt(i > 0)) return;
  }
}

void PublishLine::fill() {
  if (backend_.queue_cache.reachable(kMainQueue)) attempt(false);
}

bool PublishLine::attempt(bool lost) {
  const auto published = backend_.queue_cache.published(kMainQueue);
  if (!backend_.queue_cache.reachable(kMainQueue)) return false;
  const QueueRow row = backend_.queues.read(kMainQueue);
  LineState line = standing_.line_by_database(row, kMainQueue);
  // Nobody left the part of the line that is still waiting: no need to look where.
  const bool somebody_left = row.waiting_count < row.last_seq - row.admitted_seq;
  if (somebody_left)
    line.left_by_block = backend_.queues.left_by_block(kMainQueue, row.admitted_seq);
  const Instant now = backend_.db.now();
  if (published.line && QueueCache::is_fresh(published.at, now) &&
      ((lost && *published.line == line) || published.line->admitted_seq > line.admitted_seq))
    return true;
  return backend_.queue_cache.publish(kMainQueue, line, now, published);
}

}  // namespace concert
