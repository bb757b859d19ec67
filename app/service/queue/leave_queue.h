#pragma once

#include <optional>
#include <utility>

#include "service/access/guard.h"
#include "service/queue/publish_line.h"

namespace concert {

// Gives a token back: its user leaves the queue, or frees the active place. Does nothing to a token
// that has ended already. After a wait the queue is published, so that the positions behind it are
// right at the next poll and not at the next pass.
class LeaveQueue {
 public:
  LeaveQueue(Backend& backend, Guard& guard, Standing& standing)
      : backend_(backend), guard_(guard), publish_(std::in_place, backend, standing) {}
  // Publishes nothing: the next pass does.
  LeaveQueue(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}
  void run(const TokenClaims& claims);

 private:
  // Whether it ended a wait.
  bool leave(const TokenClaims& claims, bool unheard);
  void publish();

  Backend& backend_;
  Guard& guard_;
  std::optional<PublishLine> publish_;
};

}  // namespace concert
