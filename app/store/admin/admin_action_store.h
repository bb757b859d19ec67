#pragma once

#include <vector>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "store/session/session.h"

namespace concert {

// The record of what administrators changed. It is only ever added to.
class AdminActionStore {
 public:
  explicit AdminActionStore(Session& session) : session_(session) {}

  // Records `action` on `subject` (JSON), in the transaction of the change itself. A subject
  // names no user by the user's id: the record outlives the erasure of a user.
  void append(const AdminAction& action, const std::string& subject);

  // At most `limit`, newest first.
  std::vector<RecordedAction> newest(std::int64_t limit);

  // Changes of that queue within the last `minutes`, oldest first. A change that was recorded
  // before there were several queues is of the main one.
  std::vector<RecordedAction> of_queue(QueueId queue, std::int64_t minutes);

 private:
  Session& session_;
};

}  // namespace concert
