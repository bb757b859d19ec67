#include "service/queue/leave_queue.h"

#include <fmt/format.h>

#include "base/log.h"
#include "service/queue/end_wait.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {

void LeaveQueue::run(const TokenClaims& claims) {
  if (settle([&](bool unheard) { return leave(claims, unheard); }) && publish_) publish();
}

void LeaveQueue::publish() {
  try {
    publish_->run();
  } catch (const std::exception& error) {
    log_warning(
        fmt::format("the queue could not be published after a user left it; the next pass of "
                    "concert-cron publishes it: {}",
                    error.what()));
  }
}

bool LeaveQueue::leave(const TokenClaims& claims, bool unheard) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto found = guard_.find(claims);
    if (!found) return false;
    if (found->token.state == TokenState::waiting) {
      if (end_wait(backend_, found->token, TokenState::left)) return true;
    } else if (found->token.state == TokenState::active) {
      const bool ended = run_transaction(
          backend_.db, [&] { return backend_.tokens.end_active(claims.id, TokenState::left); });
      if (!ended) continue;
      backend_.queue_cache.note_ended(claims.issue(), found->now, std::nullopt);
      return false;
    } else {
      if (unheard) backend_.queue_cache.note_ended(claims.issue(), found->now, std::nullopt);
      return false;
    }
    // Admitted, used or expired between the look and the change: look again.
  }
  throw Busy("the token kept changing while its user left");
}

}  // namespace concert
