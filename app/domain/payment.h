#pragma once

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/points.h"
#include "domain/seat.h"
#include "domain/user_id.h"

namespace concert {

// A reservation that was paid for. The amount is the reservation's total.
struct Payment {
  PaymentId id;
  UserId user;
  Points amount = 0;
  EntryNo entry;
  Points balance_after = 0;
  SeatNumbers seats;
  Instant paid_at;
  bool is_replayed = false;  // an earlier request made it
};

}  // namespace concert
