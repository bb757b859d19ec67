#pragma once

#include <optional>
#include <vector>

#include "domain/admin_action.h"
#include "service/queue/leave_queue.h"
#include "settings/settings.h"
#include "store/points/account_store.h"
#include "store/queue/token_store.h"
#include "store/session/session.h"

namespace concert {

// What the user gives up with the erasure.
struct Forfeit {
  std::optional<Points> points;
  bool tickets = false;  // those of dates to come
};

// Erases a user's identity: all that was kept under the id moves to a random id that is recorded
// nowhere. Live tokens and holds end first. Ledger and payments stay whole, under that id.
class EraseUser {
 public:
  EraseUser(Session& db, const Settings& settings, LeaveQueue& leave_queue)
      : db_(db), leave_queue_(leave_queue), tokens_(db, settings.token_life()) {}

  // The points given up must be exactly what there is; they stay in the books, and the seats of
  // tickets that are given up stay sold. Throws ChangeRefused if there is no such user, or if a
  // balance or tickets are not given up.
  void run(const UserId& user, const Forfeit& forfeit, const AdminAction& action);

 private:
  void end_live_tokens(const UserId& user);
  void require_given_up(const UserId& user, const Forfeit& forfeit);
  bool erase(const UserId& user, const Forfeit& forfeit, const AdminAction& action);
  std::vector<ReservationId> release_holds(const UserId& user);

  Session& db_;
  LeaveQueue& leave_queue_;
  TokenStore tokens_;
  UserStore users_{db_};
};

}  // namespace concert
