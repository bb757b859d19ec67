#include "base/encoding.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace concert {

BOOST_AUTO_TEST_SUITE(encoding_test)

BOOST_AUTO_TEST_CASE(well_formed_text_of_every_length_is_accepted) {
  for (const char* text :
       {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "caf\xC3\xA9 \xF0\x9F\x8E\xB5"}) {
    BOOST_TEST(is_utf8(text), text);
  }
  BOOST_TEST(is_utf8(std::string(1, '\0')));
}

BOOST_AUTO_TEST_CASE(overlong_forms_are_refused) {
  for (const char* text : {"\xC0\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                           "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF"}) {
    BOOST_TEST(!is_utf8(text));
  }
}

BOOST_AUTO_TEST_CASE(surrogates_and_code_points_past_the_last_are_refused) {
  for (const char* text : {"\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                           "\xF8\x88\x80\x80\x80", "\xFE", "\xFF"}) {
    BOOST_TEST(!is_utf8(text));
  }
}

BOOST_AUTO_TEST_CASE(truncated_and_stray_bytes_are_refused) {
  for (const char* text : {"\x80", "\xBF", "\xC3", "a\xC3", "\xC3z", "\xE2\x82", "\xE2\x82z",
                           "\xF0\x9F\x8E", "\xF0\x9F\x8Ez", "\xC3\xA9\xA9"}) {
    BOOST_TEST(!is_utf8(text));
  }
}

BOOST_AUTO_TEST_CASE(each_byte_is_two_digits_in_hex) {
  BOOST_TEST(hex("") == "");
  BOOST_TEST(hex(std::string("\0\x0F\x7F\x80\xAB\xFF", 6)) == "000f7f80abff");
}

BOOST_AUTO_TEST_CASE(control_characters_are_found_and_nothing_else) {
  for (const char* text :
       {"\x01", "\n", "a\x1B[2J", "\x1F", "a\x7F", "\xC2\x80", "a\xC2\x9B", "\xC2\x9F",
        "\xE2\x80\xA8", "\xE2\x80\xA9", "a\xE2\x80\xAE", "\xE2\x80\xAA", "\xE2\x80\x8E",
        "\xE2\x80\x8F", "\xE2\x81\xA6", "\xE2\x81\xA9", "\xD8\x9C"})
    BOOST_TEST(has_control_characters(text));
  BOOST_TEST(has_control_characters(std::string(1, '\0')));
  for (const char* text :
       {"", " ~", "\xC2\xA0", "\xC3\x80", "\xC4\x80", "\xE2\x82\xAC", "\xF0\x9F\x8E\xB5",
        "\xE2\x80\x8D", "\xD7\x90", "\xD8\xA7", "\xE2\x80\xA7", "\xE2\x80\xAF", "\xE2\x81\xA5"})
    BOOST_TEST(!has_control_characters(text), text);
}

BOOST_AUTO_TEST_CASE(invisible_characters_are_blank) {
  for (const char* text : {"", " ", "   ", "\xC2\xA0", "\xE2\x80\x83\xE3\x80\x80", "\xE2\x80\x8B",
                           "\xEF\xBB\xBF", "\xCC\x81", "\xF3\xA0\x80\xA0 "})
    BOOST_TEST(is_blank(text), text);
  for (const char* text : {"a", " ~ ", "\xC2\xA1", "\xC2\xA0-", "e\xCC\x81", "\xE2\x80\x90",
                           "\xE3\x80\x81", "\xF0\x9F\x8E\xB5", "0"})
    BOOST_TEST(!is_blank(text), text);
}

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
