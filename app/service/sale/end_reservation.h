#pragma once

#include "service/backend.h"

namespace concert {

// Lets go, for an administrator, the seats that somebody holds.
class EndReservation {
 public:
  explicit EndReservation(Backend& backend) : backend_(backend) {}

  // Returns the reservation as it was. Throws ChangeRefused if there is none or it is not a live
  // hold.
  Reservation run(ReservationId id, const AdminAction& action);

 private:
  Backend& backend_;
};

}  // namespace concert
