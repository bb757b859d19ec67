#include "store/queue/return_store.h"

#include <fmt/format.h>

#include "store/queue/wait_store.h"
#include "store/session/placeholders.h"

namespace concert {

std::uint64_t ReturnStore::give_back(QueueId queue, const std::vector<TokenId>& ids,
                                     Instant opened_at) {
  if (ids.empty()) return 0;
  const auto list = padded(ids);
  std::vector<Value> values{life_.rejoin_ms() * 1000, opened_at, life_.longest_wait_ms() * 1000};
  values.insert(values.end(), list.begin(), list.end());
  const std::uint64_t count = session_.execute(fmt::format(R"sql(
      UPDATE token
      SET state = 'WAITING', unclaimed = 0,
          expires_at = LEAST(expires_at + INTERVAL ? MICROSECOND, GREATEST(issued_at, ?) + INTERVAL ? MICROSECOND)
      WHERE token_id IN ({}) AND state = 'ACTIVE' AND unclaimed = 1)sql",
                                                           placeholders(list.size())),
                                               values);
  session_.execute(R"sql(
      UPDATE queue SET active_count = active_count - ? WHERE queue_id = ?)sql",
                   {static_cast<std::int64_t>(count), queue});
  return count;
}

bool ReturnStore::note_call(const Token& token, Instant until) {
  const bool still_waits = session_
                               .query(R"sql(
      SELECT token_id FROM token
      WHERE token_id = ? AND state = 'WAITING' AND admitted_at IS NOT NULL AND expires_at > NOW(3) FOR UPDATE)sql",
                                      {token.id})
                               .next();
  if (!still_waits) return false;
  session_.execute(R"sql(
      UPDATE token SET expires_at = GREATEST(expires_at, ?) WHERE token_id = ?)sql",
                   {until, token.id});
  const bool is_new = session_.execute(R"sql(
      INSERT INTO token_return (token_id, queue_id, is_waiting) VALUES (?, ?, 1)
      ON DUPLICATE KEY UPDATE is_waiting = 1)sql",
                                       {token.id, token.queue}) != 0;
  if (is_new) {
    session_.execute(R"sql(
      UPDATE queue SET returned_count = returned_count + 1 WHERE queue_id = ?)sql",
                     {token.queue});
  }
  return true;
}

std::uint64_t ReturnStore::admit(QueueId queue, Instant opened_at, std::int64_t count) {
  auto rows = session_.query(R"sql(
      SELECT t.token_id FROM token_return r JOIN token t ON t.token_id = r.token_id
      WHERE r.queue_id = ? AND r.is_waiting = 1 AND t.state = 'WAITING' AND t.expires_at > NOW(3)
      ORDER BY t.admitted_at, t.token_id LIMIT ?)sql",
                             {queue, count});
  std::vector<TokenId> ids;
  while (rows.next()) ids.push_back(TokenId{rows.number(1)});
  if (ids.empty()) return 0;
  const auto list = padded(ids);
  std::vector<Value> values = admission_values(life_, opened_at);
  values.insert(values.end(), list.begin(), list.end());
  const std::uint64_t admitted =
      session_.execute(fmt::format(R"sql(
      UPDATE token SET {}, readmitted_at = NOW(3)
      WHERE token_id IN ({}) AND state = 'WAITING')sql",
                                   kAdmission, placeholders(list.size())),
                       values);
  uncount(queue, ids);
  session_.execute(R"sql(
      UPDATE queue SET active_count = active_count + ? WHERE queue_id = ?)sql",
                   {static_cast<std::int64_t>(admitted), queue});
  return admitted;
}

void ReturnStore::uncount(QueueId queue, const std::vector<TokenId>& ids) {
  if (ids.empty()) return;
  const auto list = padded(ids);
  const std::uint64_t count = session_.execute(fmt::format(R"sql(
      UPDATE token_return SET is_waiting = 0 WHERE token_id IN ({}) AND is_waiting = 1)sql",
                                                           placeholders(list.size())),
                                               {list.begin(), list.end()});
  session_.execute(R"sql(
      UPDATE queue SET returned_count = returned_count - ? WHERE queue_id = ?)sql",
                   {static_cast<std::int64_t>(count), queue});
}

}  // namespace concert
