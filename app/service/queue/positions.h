#pragma once

#include <memory>

#include "cache/queue_cache.h"
#include "domain/token.h"
#include "service/queue/publish_queue.h"

namespace concert {

// A position, and the state of the queue that it follows from; never null.
struct FoundPosition {
  std::int64_t position = 0;
  std::shared_ptr<const QueueState> state;
};

// Finds the positions of waiting tokens. While memcached can be reached, every position follows
// from the published state, and a state that a position followed from is not replaced by an older
// one. So no call tells a user a greater position than an earlier call did, whatever text it has.
class Positions {
 public:
  Positions(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db), cache_(cache), queues_(db), publish_(db, cache, settings) {}

  // The position of a token that waited at `now`. Publishes the queue's state if none can be
  // believed or the database is further, and mends what memcached has lost.
  FoundPosition find(const Token& token, Instant now);

  // The same from the database only, at a cost that does not grow with the queue. It may be further
  // than what is published.
  FoundPosition by_database(const Token& token);

  // The queue's state as it is published, else as the database has it.
  std::shared_ptr<const QueueState> state(QueueId queue);

  // Whether `queue` has a state that may be believed at `now` of a token at `place` that was issued
  // at `issued`.
  static bool is_believed(const PublishedQueue& queue, std::optional<std::int64_t> place,
                          Instant issued, Instant now);

  // The database's time for a caller that read `queue`. If its state is not fresh by the time as
  // estimated (no process publishes, or the clock was set), asks for the time, once in a second.
  Instant now_beside(const PublishedQueue& queue);

 private:
  bool is_behind(const QueueState& published, QueueId queue);
  std::optional<std::int64_t> mended(PublishedQueue queue, const Token& token, Instant now);
  BlockVacancies read_vacancies(const PublishedQueue& queue, const Token& token, Instant at);
  void mend_block(PublishedQueue& queue, const Token& token, Instant at);

  Session& db_;
  QueueCache& cache_;
  QueueStore queues_;
  PublishQueue publish_;
};

}  // namespace concert
