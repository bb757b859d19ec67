#include "domain/reservation.h"

#include <boost/test/unit_test.hpp>

#include "domain/check.h"

namespace concert {

BOOST_AUTO_TEST_SUITE(reservation_test)

BOOST_AUTO_TEST_CASE(each_state_survives_the_round_trip_through_text) {
  for (const auto state :
       {ReservationState::held, ReservationState::paid, ReservationState::expired,
        ReservationState::released, ReservationState::refunded}) {
    BOOST_CHECK(reservation_state(to_text(state)) == state);
  }
  BOOST_TEST(to_text(ReservationState::refunded) == "REFUNDED");
  BOOST_CHECK_THROW(reservation_state("SOLD"), Bug);
}

BOOST_AUTO_TEST_CASE(a_payment_has_its_reservations_number) {
  BOOST_CHECK(payment_of(ReservationId{42}) == PaymentId{42});
  BOOST_CHECK(reservation_of(PaymentId{42}) == ReservationId{42});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
