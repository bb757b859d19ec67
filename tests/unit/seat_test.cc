#include "domain/seat.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(seat_test)

BOOST_AUTO_TEST_CASE(each_status_has_its_word) {
  BOOST_TEST(to_text(SeatState::available) == "AVAILABLE");
  BOOST_TEST(to_text(SeatState::held) == "HELD");
  BOOST_TEST(to_text(SeatState::sold) == "SOLD");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
