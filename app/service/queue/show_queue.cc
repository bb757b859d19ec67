#include "service/queue/show_queue.h"

#include <algorithm>

#include "base/encoding.h"
#include "domain/check.h"
#include "domain/refusal.h"
#include "store/session/transaction.h"

namespace concert {

ShownOpening ShowQueue::opening_of(QueueId queue, const QueueRow& row) {
  if (!row.opening) return {};
  const Opening& opening = *row.opening;
  const auto record = openings_.find(queue);
  check(record.has_value(), "an opening has a seed");
  ShownOpening shown{phase_at(row.opening, row.now), row.opening,
                     opening.entries.value_or(row.last_place),
                     ShownDraw{record->commitment, opening.entries, record->public_value, {}}};
  if (opening.is_drawn()) shown.draw->seed = hex(record->seed);
  return shown;
}

ShownQueue ShowQueue::run(QueueId queue) {
  const Snapshot snapshot(db_);
  auto name = queues_.find_name(queue);
  if (!name) throw Refusal(Reason::queue_not_found, "There is no such queue.");
  const QueueRow row = queues_.read(queue);
  ShownQueue shown{.id = queue,
                   .name = *std::move(name),
                   .opening = opening_of(queue, row),
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
