#pragma once

#include <functional>
#include <optional>

#include "service/access/guard.h"
#include "service/points/idempotent.h"

namespace concert {

// Adds points to a user's balance.
class Charge {
 public:
  using Render = std::function<std::string(const LedgerEntry&)>;

  Charge(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // `amount` is within 1 to kMaxPoints. Returns the answer, as `render` wrote it for this charge or
  // for the one that the key stands for.
  // Refuses: token_expired, token_waiting, idempotency_key_reused, balance_limit.
  StoredAnswer run(const TokenClaims& claims, Points amount,
                   const std::optional<IdempotencyKey>& key, const Render& render);

 private:
  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
