#include "service/queue/show_queue.h"

#include <algorithm>

#include "domain/refusal.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

// The one place where an opening of the queue would say its phase, its times and who registered.
ShownOpening opening_of(QueueId) { return {}; }

}  // namespace

ShownQueue ShowQueue::run(QueueId queue) {
  const Snapshot snapshot(db_);
  auto name = queues_.find_name(queue);
  if (!name) throw Refusal(Reason::queue_not_found, "There is no such queue.");
  const QueueRow row = queues_.read(queue);
  ShownQueue shown{.id = queue,
                   .name = *std::move(name),
                   .opening = opening_of(queue),
                   .counts = queues_.counts(queue),
                   .admitted_place = row.highest_admitted_place,
                   .message = row.message,
                   .stock = {},
                   .now = row.now};
  if (const auto stock = stock_.now(queue, row))
    shown.stock = shown_at(*stock, std::max<std::int64_t>(1, shown.counts.waiting));
  return shown;
}

}  // namespace concert
