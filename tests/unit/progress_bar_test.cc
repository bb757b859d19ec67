#include "ctl/commands/progress_bar.h"

#include <pty.h>
#include <unistd.h>

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

// As when the terminal's window was closed.
BOOST_AUTO_TEST_CASE(a_terminal_that_cannot_be_written_to_stops_no_work) {
  int master = -1;
  int slave = -1;
  BOOST_REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(slave, STDERR_FILENO);
  bool has_thrown = false;
  {
    ProgressBar bar("cancelling", 10, "tickets");
    ::close(master);
    try {
      bar.show(1);
    } catch (const std::exception&) {
      has_thrown = true;
    }
    ::dup2(before, STDERR_FILENO);
  }
  ::close(before);
  ::close(slave);
  BOOST_TEST(!has_thrown);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
