#include "service/sale/release_hold.h"

#include "store/session/settle.h"

namespace concert {

void ReleaseHold::run(const TokenClaims& claims, ReservationId id) {
  settle([&](bool) { return release(claims, id); });
}

bool ReleaseHold::release(const TokenClaims& claims, ReservationId id) {
  return guard_.transact(claims, [&](const LockedToken& locked) {
    Guard::require(state_at(locked.token, locked.now));
    const auto reservation = backend_.reservations.lock(claims.user, id);
    if (!reservation) throw Refusal(Reason::reservation_not_found, "You have no such reservation.");
    if (reservation->state == ReservationState::paid) {
      throw Refusal(Reason::already_paid, "The reservation has been paid; its seats are yours.");
    }
    // A hold that lapses this instant is over all the same.
    const bool released = backend_.reservations.end_hold(id, ReservationState::released);
    if (released) backend_.seats.release(id);
    return released;
  });
}

}  // namespace concert
