#include "service/admin/add_queue.h"

#include <fmt/format.h>
#include <json/json.h>

#include "base/encoding.h"
#include "base/wording.h"
#include "service/admin/catalogue_rules.h"
#include "store/admin/admin_action_store.h"
#include "store/queue/queue_store.h"
#include "store/session/errors.h"

namespace concert {

QueueId add_queue(Session& db, const std::string& name, const AdminAction& action) {
  try {
    return change_catalogue(db, [&] {
      const QueueId added = QueueStore(db).add(name);
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

}  // namespace concert
