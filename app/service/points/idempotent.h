#pragma once

#include <functional>
#include <optional>

#include "domain/idempotency.h"
#include "domain/refusal.h"
#include "service/backend.h"

namespace concert {

// The answer that an earlier call with the same key earned; nothing if there was none. Call it in
// the transaction, with the user locked. Refuses: idempotency_key_reused.
inline std::optional<StoredAnswer> replay(Backend& backend, const UserId& user,
                                          const std::optional<IdempotencyKey>& key) {
  if (!key) return std::nullopt;
  auto stored = backend.idempotency.find(user, *key);
  if (stored && stored->fingerprint != key->fingerprint) {
    throw Refusal(Reason::idempotency_key_reused,
                  "The Idempotency-Key was used with another body.");
  }
  if (stored) stored->is_replayed = true;
  return stored;
}

// Keeps the answer under the key, in the transaction that earned it.
inline StoredAnswer keep(Backend& backend, const UserId& user,
                         const std::optional<IdempotencyKey>& key, StoredAnswer answer) {
  if (key) {
    answer.fingerprint = key->fingerprint;
    backend.idempotency.store(user, *key, answer);
  }
  return answer;
}

}  // namespace concert
