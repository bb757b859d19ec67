#pragma once

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "domain/seat.h"
#include "store/session/session.h"

namespace concert {

// The most seats that are blocked or unblocked at once: all of a section.
inline constexpr SeatNumber kMostBlockedSeats = kMaxPlainSeats;

// Takes seats of a date from sale, or puts them back: all of `seats`, or none. `seats` are
// ascending, none twice, at most kMostBlockedSeats. To the public a blocked seat is SOLD.
// Both throw ChangeRefused, naming the seats in the way: block_seats() if some are held, sold,
// blocked already or not of this date, unblock_seats() if some are not blocked.
void block_seats(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action);
void unblock_seats(Session& db, DateId date, const SeatNumbers& seats, const AdminAction& action);

}  // namespace concert
