#pragma once

#include <string>
#include <vector>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/user_id.h"
#include "store/session/session.h"

namespace concert {

// A paid reservation of a date that has not begun.
struct TicketsToCome {
  ReservationId reservation;
  std::string title;
  Instant starts_at;
  std::int64_t seat_count = 0;
};

// Takes a user's id off everything that is kept under it.
class ErasureStore {
 public:
  explicit ErasureStore(Session& session) : session_(session) {}

  // In the order of the reservations.
  std::vector<TicketsToCome> tickets_to_come(const UserId& user);

  // Deletes the user's idempotency keys and moves all that the user has to `pseudonym`, in the
  // caller's transaction, which has locked the user's row: nobody can add to it meanwhile.
  void move_records(const UserId& user, const UserId& pseudonym);

 private:
  Session& session_;
};

}  // namespace concert
