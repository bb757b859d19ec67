#include "base/written_text.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(written_text_test)

BOOST_AUTO_TEST_CASE(a_text_is_kept_in_nfc_without_white_space_around_it) {
  BOOST_TEST(tidied("  Gala \t\n") == "Gala");
  BOOST_TEST(tidied("\xC2\xA0\xE3\x80\x80Gala\xE2\x80\xA8") == "Gala");
  BOOST_TEST(tidied("A  B") == "A  B");
  BOOST_TEST(tidied("Cafe\xCC\x81") == "Caf\xC3\xA9");
  BOOST_TEST(tidied("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB") == "\xED\x95\x9C");
  for (const char* blank : {"", " ", "\n\xC2\x85"}) BOOST_TEST(tidied(blank) == "");
  BOOST_TEST(tidied(std::string("a\0b", 3)) == std::string("a\0b", 3));
}

BOOST_AUTO_TEST_CASE(texts_that_readers_take_for_the_same_have_one_form) {
  const std::string form = alike_form("Grand Caf\xC3\xA9");
  for (const char* text : {"Grand Cafe\xCC\x81", "GRAND CAF\xC3\x89 ", " grand \t caf\xC3\xA9",
                           "Grand\xC2\xA0"
                           "Caf\xC3\xA9",
                           "Gr\xE2\x80\x8B"
                           "and Caf\xC3\xA9\xEF\xB8\x8F"})
    BOOST_TEST(alike_form(text) == form, text);
  BOOST_TEST(alike_form("STRASSE") == alike_form("stra\xC3\x9F"
                                                 "e"));
  for (const char* text : {"Grand Cafe", "GrandCaf\xC3\xA9", "Grand Caf\xC3\xA9 2", ""})
    BOOST_TEST(alike_form(text) != form, text);
}

BOOST_AUTO_TEST_CASE(invisible_formatting_is_found_and_nothing_else) {
  for (const char* text :
       {"a\xE2\x80\x8B"
        "b",
        "\xC2\xAD", "\xE2\x80\x8D", "\xE2\x80\x8C", "\xEF\xBB\xBF", "\xE2\x81\xA0", "\xE2\x80\xAE",
        "\xE2\x81\xA6", "\xD8\x9C", "\xE3\x85\xA4", "\xCD\x8F", "\xF3\xA0\x81\xA1", "\xEF\xBF\xB9",
        "\x1B", "\xE2\x80\xA8"})
    BOOST_TEST(has_invisible_formatting(text), text);
  for (const char* text : {"", "a b", "\xC2\xA0", "\xE2\x9D\xA4\xEF\xB8\x8F", "e\xCC\x81",
                           "\xD8\x80"
                           "1",
                           "\xED\x95\x9C", "\xF0\x9F\x8E\xB5", "\xD7\x90"})
    BOOST_TEST(!has_invisible_formatting(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
