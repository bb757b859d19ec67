#include "base/steady_clock.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace concert {

BOOST_AUTO_TEST_SUITE(steady_clock_test)

BOOST_AUTO_TEST_CASE(a_look_is_due_at_the_start_and_not_right_after_one) {
  LookTimer timer;
  BOOST_TEST(timer.is_due());
  timer.look([] {});
  BOOST_TEST(!timer.is_due());
}

BOOST_AUTO_TEST_CASE(a_look_that_failed_is_not_due_right_after_it) {
  LookTimer timer;
  BOOST_CHECK_THROW(timer.look([] { throw std::runtime_error("away"); }), std::runtime_error);
  BOOST_TEST(!timer.is_due());
}

BOOST_AUTO_TEST_CASE(a_look_that_was_put_off_is_due_after_that_pause) {
  LookTimer timer;
  timer.put_off(3'600'000);
  BOOST_TEST(!timer.is_due());
  BOOST_TEST(timer.due_in_ms() > 0);
  BOOST_TEST(timer.due_in_ms() <= 3'600'000);
  timer.put_off(0);
  BOOST_TEST(timer.is_due());
  BOOST_TEST(timer.due_in_ms() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
