#include "store/points/idempotency_store.h"

#include "domain/retention.h"

namespace concert {

std::optional<StoredAnswer> IdempotencyStore::find(const UserId& user, const IdempotencyKey& key) {
  auto rows = session_.query(R"sql(
      SELECT fingerprint, status, body FROM idempotency_key
      WHERE user_id = ? AND route = ? AND key_text = ? AND created_at > NOW(3) - INTERVAL ? HOUR)sql",
                             {user, to_text(key.route), key.text, kIdempotencyKept_h});
  if (!rows.next()) return std::nullopt;
  return StoredAnswer{rows.text(1), static_cast<int>(rows.number(2)), rows.text(3)};
}

void IdempotencyStore::store(const UserId& user, const IdempotencyKey& key,
                             const StoredAnswer& answer) {
  // A row that is there already is past keeping: find() came first, under the user's lock.
  session_.execute(
      R"sql(
      INSERT INTO idempotency_key (user_id, route, key_text, fingerprint, status, body, created_at)
      VALUES (?, ?, ?, ?, ?, ?, NOW(3))
      ON DUPLICATE KEY UPDATE fingerprint = VALUES(fingerprint), status = VALUES(status), body = VALUES(body),
        created_at = VALUES(created_at))sql",
      {user, to_text(key.route), key.text, answer.fingerprint, answer.status, answer.body});
}

std::uint64_t IdempotencyStore::prune(std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM idempotency_key WHERE created_at <= NOW(3) - INTERVAL ? HOUR ORDER BY created_at LIMIT ?)sql",
                          {kIdempotencyKept_h, limit});
}

}  // namespace concert
