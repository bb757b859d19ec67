#pragma once

#include <memory>
#include <optional>

#include "cache/queue_cache.h"
#include "service/queue/place_orders.h"
#include "service/queue/publish_queue.h"
#include "settings/settings.h"
#include "store/queue/queue_store.h"
#include "store/queue/vacancy_store.h"

namespace concert {

// Where a token waits, and the state of the queue that it follows from; never null.
struct FoundPosition {
  std::optional<std::int64_t> place;  // nothing: an entry that is not drawn yet
  std::int64_t position = 0;          // of a place
  std::shared_ptr<const QueueState> state;
};

// What the text of a token names it by, beside its id.
struct TokenNumbers {
  std::optional<std::int64_t> place;  // nothing: active at once, or not drawn yet
  std::optional<std::int64_t> entry;  // nothing: the user did not register before an opening
};

// Finds the positions of waiting tokens. While memcached can be reached, every position follows
// from the published state, and a state that a position followed from is not replaced by an older
// one. So no call tells a user a greater position than an earlier call did, whatever text it has.
class Positions {
 public:
  Positions(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        cache_(cache),
        queues_(db),
        vacancies_(db),
        orders_(db, settings),
        publish_(db, cache, settings) {}

  // The position of a token that waited at `now`; 1 of one that gave an active place back.
  // Publishes the queue's state if none can be believed or the database is further, and mends what
  // memcached has lost.
  FoundPosition find(const Token& token, Instant now);

  // The same from the database only, at a cost that does not grow with the queue. It may be further
  // than what is published.
  FoundPosition by_database(const Token& token);

  // The queue's state as it is published, else as the database has it. While an opening is ahead,
  // only the database knows what became of a join.
  std::shared_ptr<const QueueState> state(QueueId queue, const std::optional<Opening>& opening);

  // The place of `seq` in a queue with that state; nothing if it is an entry that is not drawn yet.
  std::optional<std::int64_t> place(QueueId queue, const QueueState& state, std::int64_t seq);

  // The numbers of a token in whatever state. Asks the database only in a queue with an opening.
  TokenNumbers numbers(const Token& token);

  // Whether `queue` has a state that may be believed at `now` of a token numbered `seq` that was
  // issued at `issued`.
  static bool is_believed(const PublishedQueue& queue, std::optional<std::int64_t> seq,
                          Instant issued, Instant now);

  // The database's time for a caller that read `queue`. If its state is not fresh by the time as
  // estimated (no process publishes, or the clock was set), asks for the time, once in a second.
  Instant now_beside(const PublishedQueue& queue);

 private:
  // What is published around the place of a waiting token. `place` is set if it has one.
  PublishedQueue poll(const Token& token, std::optional<std::int64_t>& place);
  bool is_behind(const QueueState& published, QueueId queue);
  std::optional<std::int64_t> mended(PublishedQueue queue, QueueId id, std::int64_t place,
                                     Instant now);
  BlockVacancies read_vacancies(const PublishedQueue& queue, QueueId id, std::int64_t place,
                                Instant at);
  void mend_block(PublishedQueue& queue, QueueId id, std::int64_t place, Instant at);

  Session& db_;
  QueueCache& cache_;
  QueueStore queues_;
  VacancyStore vacancies_;
  PlaceOrders orders_;
  PublishQueue publish_;
};

}  // namespace concert
