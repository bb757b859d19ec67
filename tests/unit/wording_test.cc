#include "base/wording.h"

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <vector>

namespace concert {

BOOST_AUTO_TEST_SUITE(wording_test)

BOOST_AUTO_TEST_CASE(a_list_names_ten_and_counts_the_rest) {
  const auto up_to = [](int last) {
    std::vector<int> numbers(static_cast<std::size_t>(last));
    std::iota(numbers.begin(), numbers.end(), 1);
    return numbers;
  };
  BOOST_TEST(few_of(up_to(0)) == "");
  BOOST_TEST(few_of(up_to(1)) == "1");
  BOOST_TEST(few_of(up_to(10)) == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
  BOOST_TEST(few_of(up_to(11)) == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more");
  BOOST_TEST(few_of(up_to(1000), "; ") == "1; 2; 3; 4; 5; 6; 7; 8; 9; 10 and 990 more");
}

BOOST_AUTO_TEST_CASE(of_a_long_value_the_beginning_is_shown) {
  BOOST_TEST(excerpt_of("") == "");
  const std::string longest(255, 'a');
  BOOST_TEST(excerpt_of(longest) == longest);
  BOOST_TEST(excerpt_of(longest + "a") == longest + "...");
  // A character of two, three or four bytes on the border is left out, not cut.
  for (const char* character : {"\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x8E\xBB"}) {
    const std::string begun = longest.substr(1);
    BOOST_TEST(excerpt_of(begun + character) == begun + "...");
  }
  BOOST_TEST(excerpt_of(std::string(1000, '\x80')).size() < 4 * 256U);
}

BOOST_AUTO_TEST_CASE(what_a_terminal_would_obey_is_shown_and_not_sent) {
  using namespace std::string_literals;
  BOOST_TEST(excerpt_of("a\x1B[2J\0b\x7F"s) == "a\\x1B[2J\\x00b\\x7F");
  BOOST_TEST(excerpt_of("\xC2\x9B"
                        "31m") ==
             "\\xC2\\x9B"
             "31m");
  BOOST_TEST(excerpt_of("a\xE2\x80\xAE"
                        "b\xE2\x80\xA8") ==
             "a\\xE2\\x80\\xAE"
             "b\\xE2\\x80\\xA8");
  BOOST_TEST(excerpt_of("\xFF\xC3(") == "\\xFF\\xC3(");
  BOOST_TEST(excerpt_of("J\xC3\xBCrgen \xF0\x9F\x8E\xBB") == "J\xC3\xBCrgen \xF0\x9F\x8E\xBB");
}

BOOST_AUTO_TEST_CASE(of_a_message_only_the_ends_of_lines_are_kept) {
  BOOST_TEST(escaped_lines("") == "");
  BOOST_TEST(escaped_lines("a\n\x1B"
                           "b\n") ==
             "a\n\\x1B"
             "b\n");
  BOOST_TEST(escaped_lines("a\r\nb\xFF") == "a\\x0D\nb\\xFF");
}

BOOST_AUTO_TEST_CASE(one_is_singular) {
  BOOST_TEST(count_of(0, "date") == "0 dates");
  BOOST_TEST(count_of(1, "date") == "1 date");
  BOOST_TEST(count_of(2, "date") == "2 dates");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
