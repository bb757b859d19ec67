#pragma once

#include <optional>

#include "domain/admin_action.h"
#include "service/queue/leave_queue.h"
#include "settings/settings.h"
#include "store/points/account_store.h"
#include "store/queue/token_store.h"
#include "store/session/session.h"

namespace concert {

// Erases a user's identity: all that was kept under the id moves to a random id that is recorded
// nowhere. Live tokens and holds end first. Ledger and payments stay whole, under that id.
class EraseUser {
 public:
  EraseUser(Session& db, const Settings& settings, LeaveQueue& leave_queue, QueueId queue)
      : db_(db),
        leave_queue_(leave_queue),
        queue_(queue),
        tokens_(db, TokenLife(settings.active_seconds)) {}

  // `forfeit`: the balance that the user gives up, which must be exactly what there is; the points
  // stay in the books. Throws ChangeRefused if there is no such user, or a balance that was not
  // forfeited.
  void run(const UserId& user, std::optional<Points> forfeit, const AdminAction& action);

 private:
  void end_live_token(const UserId& user);
  bool erase(const UserId& user, Points forfeit, const AdminAction& action);
  std::size_t release_holds(const UserId& user);

  Session& db_;
  LeaveQueue& leave_queue_;
  QueueId queue_;
  TokenStore tokens_;
  UserStore users_{db_};
};

}  // namespace concert
