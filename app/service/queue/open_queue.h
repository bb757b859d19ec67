#pragma once

#include "service/queue/place_orders.h"
#include "settings/settings.h"
#include "store/queue/vacancy_store.h"

namespace concert {

// Does each step of an opening when its time has come: fixes the number of entries, computes the
// draw shortly before the opening, and opens the queue. Several processes on any hosts may do so at
// the same time; the queue opens once.
class OpenQueue {
 public:
  OpenQueue(Session& db, const Settings& settings)
      : db_(db),
        queues_(db),
        vacancies_(db),
        waits_(db, settings.token_life()),
        orders_(db, settings) {}

  // Does what is due in the queue whose row is `row`. Takes a lock only if something is.
  void run(QueueId queue, const QueueRow& row);

 private:
  void fix_entries(QueueId queue);
  void open(QueueId queue, const Opening& opening);

  Session& db_;
  QueueStore queues_;
  VacancyStore vacancies_;
  WaitStore waits_;
  PlaceOrders orders_;
};

}  // namespace concert
