#include "store/queue/wait_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

// Rows of token_id, seq, issued_at, and whether the token was ever admitted.
std::vector<EndedWait> read_ended(Rows rows, const PlaceOrder& order) {
  std::vector<EndedWait> ended;
  while (rows.next()) {
    ended.push_back({TokenId{rows.number(1)}, order.place_of(rows.number(2)), rows.instant(3),
                     rows.number(4) != 0});
  }
  return ended;
}

}  // namespace

std::vector<Value> admission_values(const TokenLife& life, Instant opened_at) {
  return {life.has_claims() ? 1 : 0, life.admitted_ahead_ms() * 1000, opened_at,
          kLongestTokenLife_ms * 1000};
}

std::vector<EndedWait> WaitStore::lock_lapsed(const QueuePlaces& of, std::int64_t limit) {
  return read_ended(session_.query(R"sql(
      SELECT token_id, seq, issued_at, admitted_at IS NOT NULL FROM token
      WHERE queue_id = ? AND state = 'WAITING' AND expires_at <= NOW(3) AND (admitted_at IS NOT NULL OR ? <= NOW(3))
      ORDER BY expires_at LIMIT ? FOR UPDATE)sql",
                                   {of.queue, of.waits_until, limit}),
                    of.order);
}

std::vector<WaitStore::Wait> WaitStore::drawn_at(const QueuePlaces& of, const Range& places) {
  const auto seqs = padded(of.order.seqs_at(places));
  std::vector<Value> values{of.waits_until, of.opened_at, longest_wait_us(), of.queue};
  values.insert(values.end(), seqs.begin(), seqs.end());
  auto rows = session_.query(fmt::format(R"sql(
      SELECT token_id, seq, issued_at, GREATEST(expires_at, ?) <= NOW(3) OR GREATEST(issued_at, ?) <= NOW(3) - INTERVAL ? MICROSECOND
      FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq IN ({}) AND state = 'WAITING')sql",
                                         placeholders(seqs.size())),
                             values);
  std::vector<Wait> found;
  while (rows.next()) {
    found.push_back({{TokenId{rows.number(1)}, of.order.place_of(rows.number(2)), rows.instant(3)},
                     rows.number(4) != 0});
  }
  std::sort(found.begin(), found.end(),
            [](const Wait& a, const Wait& b) { return a.token.place < b.token.place; });
  return found;
}

std::vector<EndedWait> WaitStore::lapsed(const QueuePlaces& of, const Range& places,
                                         std::int64_t limit) {
  if (of.order.is_drawn(places)) {
    std::vector<EndedWait> lapsed;
    for (const Wait& wait : drawn_at(of, places))
      if (wait.has_lapsed && lapsed.size() < static_cast<std::size_t>(limit))
        lapsed.push_back(wait.token);
    return lapsed;
  }
  return read_ended(session_.query(R"sql(
      SELECT token_id, seq, issued_at, 0 FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state = 'WAITING'
        AND (GREATEST(expires_at, ?) <= NOW(3) OR GREATEST(issued_at, ?) <= NOW(3) - INTERVAL ? MICROSECOND)
      ORDER BY seq LIMIT ?)sql",
                                   {of.queue, places.first, places.last, of.waits_until,
                                    of.opened_at, longest_wait_us(), limit}),
                    of.order);
}

bool WaitStore::somebody_waits(const QueuePlaces& of) {
  return session_
      .query(R"sql(
      SELECT token_id FROM token FORCE INDEX (token_expiry)
      WHERE queue_id = ? AND state = 'WAITING' AND admitted_at IS NULL AND GREATEST(expires_at, ?) > NOW(3)
        AND GREATEST(issued_at, ?) > NOW(3) - INTERVAL ? MICROSECOND LIMIT 1)sql",
             {of.queue, of.waits_until, of.opened_at, longest_wait_us()})
      .next();
}

std::uint64_t WaitStore::admit(const QueuePlaces& of, const Range& places, std::int64_t count) {
  if (places.is_empty()) return 0;
  if (of.order.is_drawn(places)) return admit_drawn(of, places, count);
  std::vector<Value> values = admission_values(life_, of.opened_at);
  values.insert(values.end(), {of.queue, places.first, places.last, of.waits_until, of.opened_at,
                               longest_wait_us(), count});
  // Without the hint MariaDB sorts all waiting tokens.
  return session_.execute(fmt::format(R"sql(
      UPDATE token FORCE INDEX (token_place) SET {}, admitted_at = NOW(3)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state = 'WAITING' AND GREATEST(expires_at, ?) > NOW(3)
        AND GREATEST(issued_at, ?) > NOW(3) - INTERVAL ? MICROSECOND
      ORDER BY seq LIMIT ?)sql",
                                      kAdmission),
                          values);
}

std::uint64_t WaitStore::admit_drawn(const QueuePlaces& of, const Range& places,
                                     std::int64_t count) {
  std::vector<TokenId> ids;
  for (const Wait& wait : drawn_at(of, places))
    if (!wait.has_lapsed && ids.size() < static_cast<std::size_t>(count))
      ids.push_back(wait.token.id);
  if (ids.empty()) return 0;
  ids = padded(ids);
  std::vector<Value> values = admission_values(life_, of.opened_at);
  values.insert(values.end(), ids.begin(), ids.end());
  return session_.execute(fmt::format(R"sql(
      UPDATE token SET {}, admitted_at = NOW(3)
      WHERE token_id IN ({}) AND state = 'WAITING')sql",
                                      kAdmission, placeholders(ids.size())),
                          values);
}

std::optional<WaitStore::Head> WaitStore::first(const QueuePlaces& of, const Range& places) {
  if (places.is_empty()) return std::nullopt;
  if (of.order.is_drawn(places)) {
    const auto waits = drawn_at(of, places);
    if (waits.empty()) return std::nullopt;
    return Head{waits.front().token.place, waits.front().has_lapsed};
  }
  auto rows = session_.query(
      R"sql(
      SELECT seq, GREATEST(expires_at, ?) <= NOW(3) OR GREATEST(issued_at, ?) <= NOW(3) - INTERVAL ? MICROSECOND
      FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state = 'WAITING' ORDER BY seq LIMIT 1)sql",
      {of.waits_until, of.opened_at, longest_wait_us(), of.queue, places.first, places.last});
  if (!rows.next()) return std::nullopt;
  return Head{rows.number(1), rows.number(2) != 0};
}

std::optional<std::int64_t> WaitStore::last_admitted(const QueuePlaces& of, const Range& places) {
  if (of.order.is_drawn(places)) return last_drawn_admitted(of, places);
  auto rows = session_.query(R"sql(
      SELECT seq FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND admitted_at IS NOT NULL ORDER BY seq DESC LIMIT 1)sql",
                             {of.queue, places.first, places.last});
  if (!rows.next()) return std::nullopt;
  return rows.number(1);
}

std::optional<std::int64_t> WaitStore::last_drawn_admitted(const QueuePlaces& of,
                                                           const Range& places) {
  const auto seqs = padded(of.order.seqs_at(places));
  std::vector<Value> values{of.queue};
  values.insert(values.end(), seqs.begin(), seqs.end());
  auto rows = session_.query(fmt::format(R"sql(
      SELECT seq FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq IN ({}) AND admitted_at IS NOT NULL)sql",
                                         placeholders(seqs.size())),
                             values);
  std::optional<std::int64_t> last;
  while (rows.next()) last = std::max(last.value_or(0), of.order.place_of(rows.number(1)));
  return last;
}

std::int64_t WaitStore::count(QueueId queue, TokenId newest) {
  auto rows = session_.query(R"sql(
      SELECT COUNT(*) FROM token FORCE INDEX (token_expiry)
      WHERE queue_id = ? AND state = 'WAITING' AND token_id <= ?)sql",
                             {queue, newest});
  check(rows.next(), "a count has a row");
  return rows.number(1);
}

std::vector<EndedWait> WaitStore::some(const QueuePlaces& of, TokenId newest, std::int64_t limit) {
  return read_ended(session_.query(R"sql(
      SELECT token_id, seq, issued_at, admitted_at IS NOT NULL FROM token FORCE INDEX (token_expiry)
      WHERE queue_id = ? AND state = 'WAITING' AND token_id <= ? LIMIT ?)sql",
                                   {of.queue, newest, limit}),
                    of.order);
}

bool WaitStore::end(const Token& token, TokenState as) {
  return session_.execute(R"sql(
      UPDATE token SET state = ?, ended_at = NOW(3)
      WHERE token_id = ? AND state = 'WAITING' AND (admitted_at IS NOT NULL) = ?)sql",
                          {to_text(as), token.id, token.admitted_at ? 1 : 0}) == 1;
}

std::vector<std::int64_t> WaitStore::vacancies(const QueuePlaces& of, std::int64_t admitted_place) {
  auto rows = session_.query(R"sql(
      SELECT seq FROM token FORCE INDEX (token_expiry)
      WHERE queue_id = ? AND state IN ('LEFT', 'EXPIRED') AND admitted_at IS NULL AND seq IS NOT NULL)sql",
                             {of.queue});
  std::vector<std::int64_t> places;
  while (rows.next()) {
    const std::int64_t place = of.order.place_of(rows.number(1));
    if (place > admitted_place) places.push_back(place);
  }
  return places;
}

}  // namespace concert
