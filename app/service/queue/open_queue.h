#pragma once

#include "service/queue/place_orders.h"
#include "settings/settings.h"
#include "store/queue/vacancy_store.h"

namespace concert {

// Brings the opening of a queue forward as its time comes: fixes the number of entries, makes the
// draw shortly before it is needed, and opens the queue. Several processes may do so at the same
// time, on any host; the queue opens once.
class OpenQueue {
 public:
  OpenQueue(Session& db, const Settings& settings)
      : db_(db),
        queues_(db),
        vacancies_(db),
        waits_(db, TokenLife(settings.active_seconds)),
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
