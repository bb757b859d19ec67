#include "store/admin/admin_action_store.h"

namespace concert {
namespace {

// Reads action_id, done_at, who, what, subject, why.
std::vector<RecordedAction> read_all(Rows rows) {
  std::vector<RecordedAction> found;
  while (rows.next()) {
    found.push_back({rows.number(1),
                     rows.instant(2),
                     {rows.text(3), rows.text(4), rows.text(6)},
                     rows.text(5)});
  }
  return found;
}

}  // namespace

void AdminActionStore::append(const AdminAction& action, const std::string& subject) {
  session_.execute(R"sql(
      INSERT INTO admin_action (done_at, who, what, subject, why) VALUES (NOW(3), ?, ?, ?, ?))sql",
                   {action.who, action.what, subject, action.why});
}

std::vector<RecordedAction> AdminActionStore::newest(std::int64_t limit) {
  // A bound on the key, so that the walk backwards is a range and no scan.
  return read_all(session_.query(R"sql(
      SELECT action_id, done_at, who, what, subject, why FROM admin_action
      WHERE action_id > 0 ORDER BY action_id DESC LIMIT ?)sql",
                                 {limit}));
}

std::vector<RecordedAction> AdminActionStore::of_queue(QueueId queue, std::int64_t minutes) {
  return read_all(session_.query(R"sql(
      SELECT action_id, done_at, who, what, subject, why FROM admin_action
      WHERE what IN ('queue set', 'queue reset', 'queue pause', 'queue resume', 'queue clear', 'queue say', 'queue open-at',
                     'queue public-value')
        AND done_at > NOW(3) - INTERVAL ? MINUTE
        AND COALESCE(JSON_EXTRACT(subject, '$.queueId'), ?) = ?
      ORDER BY action_id)sql",
                                 {minutes, kMainQueue.value, queue.value}));
}

}  // namespace concert
