#include "service/queue/count_stock.h"

#include <algorithm>

#include "base/steady_clock.h"
#include "store/session/transaction.h"

namespace concert {

std::optional<Stock> CountStock::now(QueueId queue, const QueueRow& row) {
  if (queue == kMainQueue) return std::nullopt;
  std::optional<Snapshot> snapshot;
  if (!db_.in_transaction()) snapshot.emplace(db_);
  const auto seats = stock_.of(queue);
  if (!seats) return std::nullopt;
  return Stock{seats->available, seats->held,
               std::max<std::int64_t>(0, row.active_count - seats->holders), row.visit_count,
               row.visit_seat_count};
}

std::optional<Stock> CountStock::lately(QueueId queue, const QueueRow& row) {
  const std::int64_t now_ms = steady_ms();
  const auto known = kept_.find(queue);
  if (known != kept_.end() && now_ms - known->second.counted_ms < kKept_ms)
    return known->second.stock;
  return (kept_[queue] = {now(queue, row), now_ms}).stock;
}

}  // namespace concert
