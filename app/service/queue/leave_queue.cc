#include "service/queue/leave_queue.h"

#include <fmt/format.h>

#include "base/log.h"
#include "service/access/token_uses.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {

void LeaveQueue::run(const TokenClaims& claims) {
  const auto left = settle([&](bool maybe_committed) { return leave(claims, maybe_committed); });
  if (left && publish_ != nullptr) publish(*left);
}

void LeaveQueue::publish(QueueId queue) {
  try {
    publish_->run(queue);
  } catch (const std::exception& error) {
    log_warning(
        fmt::format("the queue could not be published after a user left it; the next pass of "
                    "concert-cron publishes it: {}",
                    error.what()));
  }
}

std::optional<QueueId> LeaveQueue::leave(const TokenClaims& claims, bool maybe_committed) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto found = find_signed(tokens_, claims);
    if (!found) return std::nullopt;
    const Token& token = found->token;
    if (token.state == TokenState::waiting) {
      if (expire_tokens_.end_wait(token, TokenState::left)) return token.queue;
    } else if (token.state == TokenState::active) {
      const bool ended =
          run_transaction(db_, [&] { return tokens_.end_active(token.id, TokenState::left); });
      if (!ended) continue;
      cache_.note_ended(claims.issue());
      return std::nullopt;
    } else {
      if (maybe_committed) cache_.note_ended(claims.issue());
      return std::nullopt;
    }
    // The token was admitted, used up or ended between the look and the change: look again.
  }
  throw Busy("the token kept changing while its user left");
}

}  // namespace concert
