#include "store/queue/opening_store.h"

namespace concert {

std::optional<OpeningRecord> OpeningStore::find(QueueId queue) {
  auto rows = session_.query(R"sql(
      SELECT seed, commitment, public_value FROM opening WHERE queue_id = ?)sql",
                             {queue});
  if (!rows.next()) return std::nullopt;
  OpeningRecord record{rows.text(1), rows.text(2), {}};
  if (!rows.is_null(3)) record.public_value = rows.text(3);
  return record;
}

void OpeningStore::add(QueueId queue, const std::string& seed, const std::string& commitment) {
  session_.execute(R"sql(
      INSERT INTO opening (queue_id, seed, commitment, made_at) VALUES (?, ?, ?, NOW(3)))sql",
                   {queue, seed, commitment});
}

bool OpeningStore::set_public_value(QueueId queue, const std::string& text) {
  return session_.execute(R"sql(
      UPDATE opening SET public_value = ? WHERE queue_id = ? AND public_value IS NULL)sql",
                          {text, queue}) == 1;
}

}  // namespace concert
