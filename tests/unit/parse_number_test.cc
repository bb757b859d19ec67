#include "base/parse_number.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>

namespace concert {

BOOST_AUTO_TEST_SUITE(parse_number_test)

BOOST_AUTO_TEST_CASE(the_whole_text_is_the_number) {
  BOOST_TEST(parse_number<std::int64_t>("0").value() == 0);
  BOOST_TEST(parse_number<std::int64_t>("-17").value() == -17);
  BOOST_TEST(parse_number<std::int64_t>("9223372036854775807").value() == INT64_MAX);
  BOOST_TEST(parse_number<double>("1.5e3").value() == 1500);
  for (const char* text :
       {"", " 1", "1 ", "+1", "1x", "x", "0x10", "1.0", "--1", "1,000", "-", "9223372036854775808"})
    BOOST_TEST(!parse_number<std::int64_t>(text), text);
  BOOST_TEST(!parse_number<std::uint16_t>("-1"));
  BOOST_TEST(!parse_number<std::uint16_t>("65536"));
  BOOST_TEST(!parse_number<int>(std::string("1\0", 2)));
}

BOOST_AUTO_TEST_CASE(a_number_outside_its_bounds_is_none) {
  BOOST_TEST(parse_number<int>("1", 1, 5).value() == 1);
  BOOST_TEST(parse_number<int>("5", 1, 5).value() == 5);
  BOOST_TEST(!parse_number<int>("0", 1, 5));
  BOOST_TEST(!parse_number<int>("6", 1, 5));
  for (const char* text : {"nan", "inf", "-inf"}) BOOST_TEST(!parse_number<double>(text), text);
}

BOOST_AUTO_TEST_CASE(numbers_are_taken_off_the_front) {
  std::string_view text = "12 x";
  BOOST_TEST(take_number<int>(text).value() == 12);
  BOOST_TEST(text == " x");
  BOOST_TEST(!take_number<int>(text));
  BOOST_TEST(text == " x");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
