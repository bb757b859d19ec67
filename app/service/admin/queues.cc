#include "service/admin/queues.h"

#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/wording.h"
#include "service/admin/catalogue_rules.h"
#include "store/admin/admin_action_store.h"
#include "store/queue/queue_store.h"
#include "store/session/errors.h"
#include "store/session/transaction.h"

namespace concert {

QueueId add_queue(Session& db, const std::string& name, const AdminAction& action) {
  try {
    return change_catalogue(db, [&] {
      // One change of the catalogue runs at a time, so the next id is this one's.
      QueueStore queues(db);
      const QueueId added{queues.ids().back().value + 1};
      queues.add(added, name);
      Json::Value subject(Json::objectValue);
      subject["queueId"] = static_cast<Json::Int64>(added.value);
      subject["name"] = name;
      AdminActionStore(db).append(action, json_text(subject));
      return added;
    });
  } catch (const Duplicate&) {
    throw ChangeRefused(fmt::format("there is a queue named \"{}\" already.", excerpt_of(name)));
  }
}

bool say_in_queue(Session& db, QueueId queue, const std::optional<QueueMessage>& message,
                  const AdminAction& action) {
  return run_transaction(db, [&] {
    QueueStore queues(db);
    const Instant now = queues.lock(queue).now;
    if (message && !message->is_shown(now))
      throw ChangeRefused("--until has passed: nobody would see the message.");
    if (queues.read(queue).message == message) return false;
    queues.set_message(queue, message);
    Json::Value subject(Json::objectValue);
    subject["queueId"] = static_cast<Json::Int64>(queue.value);
    subject["message"] = Json::Value();
    if (message) {
      subject["message"]["en"] = message->en;
      subject["message"]["ko"] = message->ko;
      if (message->until) subject["message"]["until"] = message->until->rfc3339();
    }
    AdminActionStore(db).append(action, json_text(subject));
    return true;
  });
}

void require_queue_exists(Session& db, QueueId queue) {
  const auto all = QueueStore(db).ids();
  if (std::find(all.begin(), all.end(), queue) != all.end()) return;
  throw ChangeRefused(fmt::format(
      "there is no queue {}. To see which there are: concertctl queue list", queue.value));
}

ClearQueue::Begun ClearQueue::begin(QueueId queue, const AdminAction& action) {
  const TokenId newest = tokens_.newest_id();
  const std::int64_t waiting = waits_.count(queue, newest);
  AdminActionStore(db_).append(
      action, fmt::format(R"({{"queueId":{},"waiting":{}}})", queue.value, waiting));
  return {queue, newest, waiting};
}

std::int64_t ClearQueue::complete(const Begun& begun,
                                  const std::function<void(std::int64_t)>& progress) {
  std::int64_t ended = 0;
  while (const std::size_t batch = expire_tokens_.waiting_up_to(begun.queue, begun.newest)) {
    ended += static_cast<std::int64_t>(batch);
    progress(ended);
  }
  return ended;
}

}  // namespace concert
