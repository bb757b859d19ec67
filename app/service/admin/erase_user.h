#pragma once

#include <optional>

#include "service/backend.h"

namespace concert {

// Erases who a user is: all that was kept under the id moves to a random one that is noted nowhere.
// Live tokens and holds end first. Ledger and payments stay whole, under nobody's name.
class EraseUser {
 public:
  explicit EraseUser(Backend& backend) : backend_(backend) {}

  // `forfeit`: the balance that the user gives up, which must be exactly what there is; points that
  // are left stay in the books. Throws ChangeRefused if there is no such user, or a balance that
  // was not forfeited.
  void run(const UserId& user, std::optional<Points> forfeit, const AdminAction& action);

 private:
  void leave_queue(const UserId& user);
  bool erase(const UserId& user, std::optional<Points> forfeit, const AdminAction& action);

  Backend& backend_;
};

}  // namespace concert
