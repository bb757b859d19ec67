#pragma once

#include <optional>

#include "domain/idempotency.h"
#include "domain/refusal.h"
#include "store/points/idempotency_store.h"

namespace concert {

// A write that a client may repeat under an Idempotency-Key. Both functions run in the write's own
// transaction, which has locked the user; without a key they do nothing.

// Returns the answer that an earlier call with the same key earned; nothing if there was no such
// call. Refuses: idempotency_key_reused.
inline std::optional<StoredAnswer> replay(Session& db, const UserId& user,
                                          const std::optional<IdempotencyKey>& key) {
  if (!key) return std::nullopt;
  auto stored = IdempotencyStore(db).find(user, *key);
  if (stored && stored->fingerprint != key->fingerprint) {
    throw Refusal(Reason::idempotency_key_reused,
                  "The Idempotency-Key was used with another body.");
  }
  if (stored) stored->is_replayed = true;
  return stored;
}

// Keeps the answer under the key, and returns it.
inline StoredAnswer keep(Session& db, const UserId& user, const std::optional<IdempotencyKey>& key,
                         StoredAnswer answer) {
  if (key) {
    answer.fingerprint = key->fingerprint;
    IdempotencyStore(db).store(user, *key, answer);
  }
  return answer;
}

}  // namespace concert
