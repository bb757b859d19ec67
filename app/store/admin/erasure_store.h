#pragma once

#include "domain/user_id.h"
#include "store/session/session.h"

namespace concert {

// Takes a user's id off everything that is kept under it.
class ErasureStore {
 public:
  explicit ErasureStore(Session& session) : session_(session) {}

  // Deletes the user's idempotency keys and moves all that the user has to `pseudonym`, in the
  // caller's transaction, which has locked the user's row: nobody can add to it meanwhile.
  void move_records(const UserId& user, const UserId& pseudonym);

 private:
  Session& session_;
};

}  // namespace concert
