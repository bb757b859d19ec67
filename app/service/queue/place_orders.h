#pragma once

#include "draw/host_draws.h"
#include "settings/settings.h"
#include "store/queue/opening_store.h"
#include "store/queue/queue_store.h"
#include "store/queue/wait_store.h"

namespace concert {

// The orders of the queues' places. A process computes or maps a draw once: to ask for it again
// costs nothing.
class PlaceOrders {
 public:
  PlaceOrders(Session& db, const Settings& settings) : openings_(db), settings_(settings) {}

  // The order of a queue with that opening. Nothing is drawn before the draw, or without an
  // opening.
  PlaceOrder of(QueueId queue, const std::optional<Opening>& opening);

  // The places of a queue whose row is `row`.
  QueuePlaces of(QueueId queue, const QueueRow& row);

  // The draw with as many entries as were fixed, whether or not the queue is drawn already. Made
  // before it is needed, it is at hand when the queue opens.
  PlaceOrder draw(QueueId queue, const Opening& opening);

 private:
  OpeningStore openings_;
  const Settings& settings_;
};

}  // namespace concert
