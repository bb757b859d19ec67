#include "store/admin/queue_audit.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "store/admin/opening_audit.h"
#include "store/queue/queue_store.h"

namespace concert {
namespace {

void add_breaches(Session& session, QueueId queue, const QueueRow& row,
                  std::int64_t configured_limit, std::vector<Breach>& found) {
  auto rows = session.query(
      R"sql(
      SELECT (SELECT COUNT(*) FROM token WHERE queue_id = ? AND state = 'ACTIVE'),
             (SELECT COUNT(*) FROM token WHERE queue_id = ? AND state = 'WAITING' AND admitted_at IS NULL),
             (SELECT COUNT(*) FROM token WHERE queue_id = ? AND state = 'WAITING' AND admitted_at IS NULL AND seq <= ?),
             (SELECT MIN(COALESCE(readmitted_at, admitted_at)) FROM token WHERE queue_id = ? AND state = 'ACTIVE'),
             (SELECT COALESCE(limit_in_force, 0) FROM queue WHERE queue_id = ?),
             (SELECT COUNT(*) FROM token_return WHERE queue_id = ? AND is_waiting = 1),
             (SELECT COUNT(*) FROM token_return r JOIN token t ON t.token_id = r.token_id
              WHERE r.queue_id = ? AND r.is_waiting = 1 AND t.state <> 'WAITING'))sql",
      {queue, queue, queue, row.admitted_place, queue, queue, queue, queue});
  check(rows.next(), "counts have a row");
  const std::string id = std::to_string(queue.value);
  const std::int64_t active = rows.number(1);
  const std::int64_t waiting = rows.number(2);
  const std::int64_t returned = rows.number(6);
  if (active != row.active_count || waiting != row.waiting_count ||
      returned != row.returned_count) {
    found.push_back(
        {"queue_counts_its_tokens",
         {id},
         fmt::format("the queue counts {} active, {} waiting and {} returned, its tokens are {}, "
                     "{} and {}",
                     row.active_count, row.waiting_count, row.returned_count, active, waiting,
                     returned)});
  }
  if (rows.number(7) != 0) {
    found.push_back({"returned_tokens_wait",
                     {id},
                     fmt::format("{} of the returned tokens wait no more", rows.number(7))});
  }
  const bool is_drawn = row.opening && row.opening->is_drawn();
  if (rows.number(3) != 0 && !is_drawn) {
    found.push_back({"admission_is_in_order",
                     {id},
                     fmt::format("{} wait at places that were admitted before", rows.number(3))});
  }
  const std::int64_t limit = row.set.active_limit.value_or(configured_limit);
  const bool lowered_since =
      row.limit_lowered_at && !rows.is_null(4) && rows.instant(4) <= *row.limit_lowered_at;
  // A limit that was lowered in the file comes into force with the next join or pass.
  const bool not_in_force_yet = rows.number(5) > limit;
  if (active > limit && !lowered_since && !not_in_force_yet) {
    found.push_back({"active_within_limit",
                     {id},
                     fmt::format("{} are active, the limit is {}", active, limit)});
  }
  if (active > row.active_share.value_or(active)) {
    found.push_back({"active_within_share",
                     {id},
                     fmt::format("{} are active, the queue's share of total_active_limit is {}",
                                 active, *row.active_share)});
  }
}

}  // namespace

void add_queue_breaches(Session& session, std::int64_t configured_limit,
                        std::vector<Breach>& found) {
  for (const auto& [queue, row] : QueueStore(session).read_all()) {
    add_breaches(session, queue, row, configured_limit, found);
    add_opening_breaches(session, queue, row, found);
  }
}

}  // namespace concert
