#pragma once

#include <optional>

#include "domain/idempotency.h"
#include "domain/user_id.h"
#include "store/session/session.h"

namespace concert {

// Answers kept for kIdempotencyKept_h under a client's key, written in the transaction that earned
// them.
class IdempotencyStore {
 public:
  explicit IdempotencyStore(Session& session) : session_(session) {}

  // Nothing if the user did not use the key on this route within kIdempotencyKept_h.
  std::optional<StoredAnswer> find(const UserId& user, const IdempotencyKey& key);

  void store(const UserId& user, const IdempotencyKey& key, const StoredAnswer& answer);

  // Deletes up to `limit` keys past keeping. Returns how many.
  std::uint64_t prune(std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
