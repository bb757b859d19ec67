#include "service/sale/end_reservation.h"

#include <fmt/format.h>

#include "service/admin/change_refused.h"
#include "store/session/transaction.h"

namespace concert {

Reservation EndReservation::run(ReservationId id, const AdminAction& action) {
  return run_transaction(backend_.db, [&] {
    // The WHERE clause is the lock: of a payment and this, one finds the hold live.
    const bool released = backend_.reservations.end_hold(id, ReservationState::released);
    const auto record = backend_.reservations.record(id);
    if (!record) throw ChangeRefused(fmt::format("there is no reservation {}.", id.value));
    const Reservation& reservation = record->reservation;
    if (!released && reservation.state == ReservationState::paid) {
      throw ChangeRefused(fmt::format(
          "reservation {} is paid. To give the points back and free its seats: concertctl payment "
          "refund --payment {} --why TEXT",
          id.value, payment_of(id).value));
    }
    if (!released) {
      throw ChangeRefused(fmt::format("reservation {} holds nothing any more: it is {}.", id.value,
                                      to_text(reservation.state)));
    }
    backend_.seats.release(id);
    backend_.admin_actions.append(
        action, fmt::format(R"({{"reservationId":{},"seatNumbers":[{}]}})", id.value,
                            fmt::join(reservation.seats, ",")));
    return reservation;
  });
}

}  // namespace concert
