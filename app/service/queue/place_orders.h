#pragma once

#include "draw/host_draws.h"
#include "settings/settings.h"
#include "store/queue/opening_store.h"
#include "store/queue/queue_store.h"
#include "store/queue/wait_store.h"

namespace concert {

// Finds how the places of a queue follow from its tokens. A process reads a draw once and keeps it.
class PlaceOrders {
 public:
  PlaceOrders(Session& db, const Settings& settings) : openings_(db), settings_(settings) {}

  // The order of the places of a queue with that opening. Before the draw, and without an opening,
  // it is the order of joining.
  PlaceOrder of(QueueId queue, const std::optional<Opening>& opening);

  // The places of a queue whose row is `row`.
  QueuePlaces of(QueueId queue, const QueueRow& row);

  // The order that the draw gives, once the number of entries is fixed; also before the queue
  // opens. The first call on a host computes it, and later calls read the file that it wrote.
  PlaceOrder draw(QueueId queue, const Opening& opening);

 private:
  OpeningStore openings_;
  const Settings& settings_;
};

}  // namespace concert
