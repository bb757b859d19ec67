#include "store/admin/opening_audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "draw/place_order.h"
#include "store/queue/opening_store.h"

namespace concert {
namespace {

// A token of a queue whose entries are drawn.
struct Admitted {
  std::int64_t place = 0;
  std::optional<Instant> at;  // nothing: it waits
};

// The tokens that were admitted or wait, in the order of their places.
std::vector<Admitted> in_order(Session& session, QueueId queue, const PlaceOrder& order) {
  auto rows = session.query(R"sql(
      SELECT seq, admitted_at FROM token
      WHERE queue_id = ? AND seq IS NOT NULL AND (admitted_at IS NOT NULL OR state = 'WAITING'))sql",
                            {queue});
  std::vector<Admitted> tokens;
  while (rows.next()) {
    Admitted token{order.place_of(rows.number(1)), {}};
    if (!rows.is_null(2)) token.at = rows.instant(2);
    tokens.push_back(token);
  }
  std::sort(tokens.begin(), tokens.end(),
            [](const Admitted& a, const Admitted& b) { return a.place < b.place; });
  return tokens;
}

// How many were admitted before somebody at an earlier place.
std::int64_t out_of_order(const std::vector<Admitted>& tokens) {
  std::int64_t faults = 0;
  bool somebody_waits = false;
  Instant latest;
  for (const Admitted& token : tokens) {
    if (!token.at) {
      somebody_waits = true;
    } else if (somebody_waits || *token.at < latest) {
      ++faults;
    } else {
      latest = *token.at;
    }
  }
  return faults;
}

// How many entries were given after registering had ended, or were held back from it. Between
// taking a number and writing its token a join may be held up for some seconds.
std::int64_t entries_out_of_time(Session& session, QueueId queue, const Opening& opening) {
  constexpr std::int64_t kHeldUp_ms = 10'000;
  auto rows = session.query(R"sql(
      SELECT COUNT(*) FROM token
      WHERE queue_id = ? AND ((seq <= ? AND issued_at > ?) OR (seq > ? AND issued_at < ?)))sql",
                            {queue, *opening.entries, opening.register_until + kHeldUp_ms,
                             *opening.entries, opening.register_until + -kHeldUp_ms});
  return rows.next() ? rows.number(1) : 0;
}

// How many tokens have a number that is less than that of a token which came before.
std::int64_t numbers_out_of_order(Session& session, QueueId queue) {
  auto rows = session.query(R"sql(
      SELECT COUNT(*) FROM (
        SELECT token_id, issued_at, LAG(token_id) OVER (ORDER BY seq) AS id_before,
               LAG(issued_at) OVER (ORDER BY seq) AS issued_before
        FROM token WHERE queue_id = ? AND seq IS NOT NULL) t
      WHERE t.token_id < t.id_before AND t.issued_at <= t.issued_before)sql",
                            {queue});
  return rows.next() ? rows.number(1) : 0;
}

}  // namespace

void add_opening_breaches(Session& session, QueueId queue, const QueueRow& row,
                          std::vector<Breach>& found) {
  if (!row.opening) return;
  const std::string id = std::to_string(queue.value);
  const auto add = [&](const char* invariant, const std::string& detail) {
    found.push_back({invariant, {id}, detail});
  };
  const Opening& opening = *row.opening;
  const auto record = OpeningStore(session).find(queue);
  if (!record || commitment_of(record->seed) != record->commitment ||
      opening_id_of(record->commitment) != opening.id) {
    add("seed_is_committed_to", "the seed of the draw is not the one that was committed to");
    return;
  }
  if (const auto count = numbers_out_of_order(session, queue); count != 0) {
    add("entries_are_in_order",
        fmt::format("{} tokens have the number of one that came before", count));
  }
  if (!opening.entries) return;
  if (const auto count = entries_out_of_time(session, queue, opening); count != 0) {
    add("entries_are_fixed",
        fmt::format("{} entries were added or taken away after their number was fixed", count));
  }
  if (!opening.is_drawn()) return;
  const std::string value = record->public_value.value_or("");
  const PlaceOrder order = *opening.entries == 0
                               ? PlaceOrder()
                               : PlaceOrder(Draw({record->seed, value, *opening.entries}));
  if (const auto count = out_of_order(in_order(session, queue, order)); count != 0) {
    add("admission_is_in_order",
        fmt::format("{} were admitted before somebody at an earlier place of the draw", count));
  }
}

}  // namespace concert
