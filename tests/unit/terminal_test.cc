#include "ctl/top/terminal.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(terminal_test)

BOOST_AUTO_TEST_CASE(a_page_overwrites_the_screen) {
  BOOST_TEST(screen_of("one\n\ntwo\n", "end", 24, 80) ==
             "\x1b[H"
             "one\x1b[K\r\n"
             "\x1b[K\r\n"
             "two\x1b[K\r\n"
             "end\x1b[K\r\n"
             "\x1b[J");
  BOOST_TEST(screen_of("", "end", 24, 80) == "\x1b[Hend\x1b[K\r\n\x1b[J");
  BOOST_TEST(screen_of("no end", "", 24, 80) == "\x1b[Hno end\x1b[K\r\n\x1b[K\r\n\x1b[J");
}

BOOST_AUTO_TEST_CASE(a_page_that_does_not_fit_is_cut_and_its_foot_stays) {
  BOOST_TEST(screen_of("1\n2\n", "end", 4, 80) ==
             "\x1b[H"
             "1\x1b[K\r\n"
             "2\x1b[K\r\n"
             "end\x1b[K\r\n"
             "\x1b[J");
  BOOST_TEST(screen_of("1\n2\n3\n4\n", "end", 4, 80) ==
             "\x1b[H"
             "1\x1b[K\r\n"
             "... 3 more lines\x1b[K\r\n"
             "end\x1b[K\r\n"
             "\x1b[J");
  BOOST_TEST(screen_of("123456\nab\n", "end", 24, 4) ==
             "\x1b[H"
             "1234\x1b[K\r\n"
             "ab\x1b[K\r\n"
             "end\x1b[K\r\n"
             "\x1b[J");
  BOOST_TEST(screen_of("1\n2\n", "end", 2, 80) == "\x1b[Hend\x1b[K\r\n\x1b[J");
  BOOST_TEST(screen_of("1\n", "end", 1, 80) == "\x1b[H\x1b[J");
}

BOOST_AUTO_TEST_CASE(a_message_is_broken_at_the_columns) {
  BOOST_TEST(wrapped("one two three\n\n", 80) == "one two three\n\n");
  BOOST_TEST(wrapped("one two three\n\n", 7) == "one two\nthree\n\n");
  BOOST_TEST(wrapped("one two three", 6) == "one\ntwo\nthree");
  BOOST_TEST(wrapped("a-long-word is\n", 4) == "a-lo\nng-w\nord\nis\n");
  BOOST_TEST(wrapped("", 4) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
