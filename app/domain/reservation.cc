#include "domain/reservation.h"

#include "domain/check.h"

namespace concert {

std::string_view to_text(ReservationStatus status) {
  switch (status) {
    case ReservationStatus::held: return "HELD";
    case ReservationStatus::paid: return "PAID";
    case ReservationStatus::expired: return "EXPIRED";
    case ReservationStatus::released: return "RELEASED";
    case ReservationStatus::refunded: return "REFUNDED";
  }
  throw Bug("no such reservation status");
}

ReservationStatus reservation_status(std::string_view text) {
  for (const auto status :
       {ReservationStatus::held, ReservationStatus::paid, ReservationStatus::expired,
        ReservationStatus::released, ReservationStatus::refunded}) {
    if (to_text(status) == text) return status;
  }
  throw Bug("the database holds an unknown reservation state");
}

}  // namespace concert
