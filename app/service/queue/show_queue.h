#pragma once

#include <optional>
#include <string>

#include "domain/queue_message.h"
#include "domain/stock.h"
#include "service/queue/count_stock.h"
#include "store/queue/queue_store.h"

namespace concert {

// What an opening says of a queue. This is what is shown of a queue for which none was set.
struct ShownOpening {
  std::string phase = "OPEN";
  std::optional<Instant> register_from{};
  std::optional<Instant> register_until{};
  std::optional<Instant> opens_at{};
  std::int64_t registered = 0;
};

// A queue as everybody may see it.
struct ShownQueue {
  QueueId id;
  std::string name;
  ShownOpening opening;
  QueueCounts counts;
  std::optional<std::int64_t> admitted_place;  // the highest that was admitted; nothing: none was
  std::optional<QueueMessage> message;
  std::optional<ShownStock> stock;  // the outlook is that of the last position
  Instant now;                      // when it was read
};

// Shows a queue to everybody, as the database has it this instant; nginx keeps each answer for a
// second.
class ShowQueue {
 public:
  explicit ShowQueue(Session& db) : db_(db), queues_(db), stock_(db) {}

  // Refuses: queue_not_found.
  ShownQueue run(QueueId queue);

 private:
  Session& db_;
  QueueStore queues_;
  CountStock stock_;
};

}  // namespace concert
