#include "ctl/commands/progress_bar.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(progress_bar_test)

BOOST_AUTO_TEST_CASE(it_says_how_much_is_done) {
  BOOST_TEST(progress_text("cancelling", 0, 3400, "tickets") ==
             "cancelling  [--------------------]    0 %  0 of 3400 tickets");
  BOOST_TEST(progress_text("cancelling", 1200, 3400, "tickets") ==
             "cancelling  [#######-------------]   35 %  1200 of 3400 tickets");
  BOOST_TEST(progress_text("cancelling", 3400, 3400, "tickets") ==
             "cancelling  [####################]  100 %  3400 of 3400 tickets");
}

BOOST_AUTO_TEST_CASE(there_may_be_nothing_to_do_or_more_than_there_was_at_first) {
  BOOST_TEST(progress_text("cancelling", 0, 0, "tickets") ==
             "cancelling  [--------------------]    0 %  0 of 0 tickets");
  BOOST_TEST(progress_text("cancelling", 5, 4, "tickets") ==
             "cancelling  [####################]  100 %  5 of 5 tickets");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
