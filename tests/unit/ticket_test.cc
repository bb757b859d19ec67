#include "domain/ticket.h"

#include <boost/test/unit_test.hpp>

#include "domain/check.h"

namespace concert {

BOOST_AUTO_TEST_SUITE(ticket_test)

BOOST_AUTO_TEST_CASE(an_id_says_which_seat_of_which_reservation) {
  BOOST_TEST(ticket_of({ReservationId{12}, 3}).value == 12 * 65'536 + 3);
  for (const std::int64_t reservation :
       {std::int64_t{1}, std::int64_t{12}, kMaxTicketedReservation}) {
    for (const SeatNumber seat : {1, kMaxSeats, 60'000}) {
      const TicketId id = ticket_of({ReservationId{reservation}, seat});
      BOOST_TEST(id.value <= kMaxExactInteger);
      const auto place = place_of(id);
      BOOST_REQUIRE(place.has_value());
      BOOST_TEST(place->reservation.value == reservation);
      BOOST_TEST(place->seat == seat);
    }
  }
}

BOOST_AUTO_TEST_CASE(other_numbers_are_no_ids) {
  for (const std::int64_t id : {std::int64_t{0}, std::int64_t{-65'537}, std::int64_t{7},
                                std::int64_t{65'536}, kMaxExactInteger + 2})
    BOOST_TEST(!place_of(TicketId{id}).has_value(), id);
  BOOST_CHECK_THROW(ticket_of({ReservationId{kMaxTicketedReservation + 1}, 1}), Bug);
}

BOOST_AUTO_TEST_CASE(a_ticket_is_valid_while_its_reservation_is_paid_and_void_once_refunded) {
  BOOST_CHECK(ticket_state(ReservationState::paid) == TicketState::valid);
  BOOST_CHECK(ticket_state(ReservationState::refunded) == TicketState::voided);
  for (const auto state :
       {ReservationState::held, ReservationState::expired, ReservationState::released})
    BOOST_CHECK(!ticket_state(state).has_value());
  BOOST_TEST(to_text(TicketState::valid) == "VALID");
  BOOST_TEST(to_text(TicketState::voided) == "VOID");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
