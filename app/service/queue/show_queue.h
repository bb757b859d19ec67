#pragma once

#include <optional>
#include <string>

#include "domain/queue_message.h"
#include "domain/stock.h"
#include "service/queue/count_stock.h"
#include "store/queue/opening_store.h"
#include "store/queue/queue_store.h"

namespace concert {

// What is published of a draw, so that anybody can check it.
struct ShownDraw {
  std::string commitment;
  std::optional<std::int64_t> entries;      // nothing before their number is fixed
  std::optional<std::string> public_value;  // nothing: none was given
  std::optional<std::string> seed;          // in hex; nothing before the queue is drawn
};

// What an opening says of a queue. This is what is shown of a queue for which none was set.
struct ShownOpening {
  QueuePhase phase = QueuePhase::open;
  std::optional<Opening> times{};
  std::int64_t registered = 0;
  std::optional<ShownDraw> draw{};
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
  explicit ShowQueue(Session& db) : db_(db), queues_(db), openings_(db), stock_(db) {}

  // Refuses: queue_not_found.
  ShownQueue run(QueueId queue);

 private:
  ShownOpening opening_of(QueueId queue, const QueueRow& row);

  Session& db_;
  QueueStore queues_;
  OpeningStore openings_;
  CountStock stock_;
};

}  // namespace concert
