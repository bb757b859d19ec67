#include "base/base64url.h"

#include <boost/test/unit_test.hpp>
#include <utility>

namespace concert {

BOOST_AUTO_TEST_SUITE(base64url_test)

BOOST_AUTO_TEST_CASE(bytes_of_every_length_come_back) {
  // RFC 4648, section 10, without padding.
  for (const auto& [bytes, text] : {std::pair<std::string, std::string>{"", ""},
                                    {"f", "Zg"},
                                    {"fo", "Zm8"},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg"},
                                    {"fooba", "Zm9vYmE"},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xFB\xEF\xFF", "--__"},
                                    {std::string(2, '\0'), "AAA"}}) {
    BOOST_TEST(base64url(bytes) == text);
    BOOST_REQUIRE(from_base64url(text).has_value());
    BOOST_TEST(*from_base64url(text) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(only_what_it_writes_is_read) {
  for (const char* text : {"Zg==", "Zg=", "++//", "Zm 9v", "Zm9v\n", "Z", "Zm9vY", "\xC3\xA9",
                           // surplus bits
                           "Zh", "Zm9"})
    BOOST_TEST(!from_base64url(text).has_value(), text);
  BOOST_TEST(!from_base64url(std::string("Zm9v\0", 5)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
