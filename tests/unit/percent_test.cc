#include "base/percent.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(percent_test)

BOOST_AUTO_TEST_CASE(each_escape_becomes_its_byte) {
  BOOST_TEST(percent_decode("").value().empty());
  BOOST_TEST(percent_decode("plain+text").value() == "plain+text");
  BOOST_TEST(percent_decode("a%20b%2Fc%2fd").value() == "a b/c/d");
  BOOST_TEST(percent_decode("%41%42").value() == "AB");
  BOOST_TEST(percent_decode("%00").value() == std::string(1, '\0'));
  BOOST_TEST(percent_decode("%25").value() == "%");
}

BOOST_AUTO_TEST_CASE(a_malformed_escape_is_nothing) {
  for (const char* text :
       {"%", "%4", "abc%", "abc%4", "%zz", "%4g", "%+1", "%-1", "% 1", "%0x41", "%%41"}) {
    BOOST_TEST(!percent_decode(text), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
