#pragma once

#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "cache/queue_cache.h"
#include "service/queue/count_stock.h"
#include "service/queue/place_orders.h"
#include "settings/settings.h"
#include "store/queue/queue_store.h"
#include "store/queue/token_store.h"
#include "store/queue/vacancy_store.h"

namespace concert {

// Publishes the state of a queue in memcached, where polls read it without the database.
class PublishQueue {
 public:
  PublishQueue(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        cache_(cache),
        settings_(settings),
        queues_(db),
        vacancies_(db),
        orders_(db, settings),
        tokens_(db, settings.token_life()),
        stock_(db) {}

  // Publishes the state as the database has it. A state that has not changed is published again,
  // so that it stays fresh. An older state never replaces a newer one.
  void run(QueueId queue);

  // The same for a caller that found no state that may be believed. Of all callers one in about a
  // second publishes, with one attempt: if another process was faster, its state will do.
  void fill(QueueId queue);

  // The state of the queue whose row is `row`, as the database has it, without its vacancies.
  QueueState read_state(QueueId queue, const QueueRow& row);

 private:
  // False if another process published meanwhile, or memcached is away. `lost`: an attempt of this
  // call lost such a race before, so a state that is the same by now was published in time.
  bool attempt(QueueId queue, bool lost);
  struct Reading {
    QueueState state;
    Instant at;
    std::vector<std::pair<std::int64_t, SuperblockCounts>> superblocks;  // those that changed
  };
  Reading read(QueueId queue, const std::shared_ptr<const QueueState>& published);

  Session& db_;
  QueueCache& cache_;
  const Settings& settings_;
  QueueStore queues_;
  VacancyStore vacancies_;
  PlaceOrders orders_;
  TokenStore tokens_;
  CountStock stock_;
  std::random_device random_;
};

}  // namespace concert
