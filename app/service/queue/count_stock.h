#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "domain/stock.h"
#include "store/queue/queue_store.h"
#include "store/sale/stock_store.h"

namespace concert {

// Counts the stock of queues.
class CountStock {
 public:
  explicit CountStock(Session& db) : db_(db), stock_(db) {}

  // The stock of the queue whose row is `row`. Nothing for the main queue, and while no date of the
  // queue is on sale.
  std::optional<Stock> now(QueueId queue, const QueueRow& row);

  // The same as it was up to kKept_ms ago: a worker that publishes its queue whenever somebody
  // leaves, or answers without memcached, counts no more often.
  std::optional<Stock> lately(QueueId queue, const QueueRow& row);

  static constexpr std::int64_t kKept_ms = 500;

 private:
  struct Kept {
    std::optional<Stock> stock;
    std::int64_t counted_ms = 0;
  };
  Session& db_;
  StockStore stock_;
  std::map<QueueId, Kept> kept_;
};

}  // namespace concert
