#include "store/points/idempotency_store.h"

#include "domain/retention.h"

namespace concert {
namespace {

// What the column body holds.
constexpr std::size_t kLongestBody = 65'535;

}  // namespace

std::optional<StoredAnswer> IdempotencyStore::find(const UserId& user, const IdempotencyKey& key) {
  auto rows = session_.query(R"sql(
      SELECT fingerprint, status, COALESCE(long_body, body) FROM idempotency_key
      WHERE user_id = ? AND route = ? AND key_text = ? AND created_at > NOW(3) - INTERVAL ? HOUR)sql",
                             {user, to_text(key.route), key.text, kIdempotencyKept_h});
  if (!rows.next()) return std::nullopt;
  return StoredAnswer{rows.text(1), static_cast<int>(rows.number(2)), rows.text(3)};
}

void IdempotencyStore::store(const UserId& user, const IdempotencyKey& key,
                             const StoredAnswer& answer) {
  // A row that is there already is past keeping: find() came first, under the user's lock.
  const bool is_long = answer.body.size() > kLongestBody;
  const auto long_body = is_long ? std::optional(answer.body) : std::nullopt;
  session_.execute(
      R"sql(
      INSERT INTO idempotency_key (user_id, route, key_text, fingerprint, status, body, long_body, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, NOW(3))
      ON DUPLICATE KEY UPDATE fingerprint = VALUES(fingerprint), status = VALUES(status), body = VALUES(body),
        long_body = VALUES(long_body), created_at = VALUES(created_at))sql",
      {user, to_text(key.route), key.text, answer.fingerprint, answer.status,
       is_long ? "" : answer.body, long_body});
}

std::uint64_t IdempotencyStore::prune(std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM idempotency_key WHERE created_at <= NOW(3) - INTERVAL ? HOUR ORDER BY created_at LIMIT ?)sql",
                          {kIdempotencyKept_h, limit});
}

}  // namespace concert
