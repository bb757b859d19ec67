#include "domain/instant.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(instant_test)

BOOST_AUTO_TEST_CASE(writes_what_it_reads) {
  const auto at = Instant::parse_rfc3339("2026-11-20T09:00:00.125Z");
  BOOST_REQUIRE(at);
  BOOST_TEST(at->rfc3339() == "2026-11-20T09:00:00.125Z");
  BOOST_TEST(at->sql() == "2026-11-20 09:00:00.125");
  BOOST_TEST(Instant::parse_sql("2026-11-20 09:00:00.125000").ms == at->ms);
}

BOOST_AUTO_TEST_CASE(takes_offsets_and_any_fraction) {
  BOOST_TEST(Instant::parse_rfc3339("2026-11-20T10:30:00+01:30")->rfc3339() ==
             "2026-11-20T09:00:00.000Z");
  BOOST_TEST(Instant::parse_rfc3339("2026-11-20T08:00:00.5-01:00")->rfc3339() ==
             "2026-11-20T09:00:00.500Z");
}

BOOST_AUTO_TEST_CASE(takes_letters_of_either_case) {
  for (const char* text : {"2026-11-20t09:00:00z", "2026-11-20T09:00:00z", "2026-11-20t09:00:00Z",
                           "2026-11-20t10:30:00+01:30"}) {
    const auto at = Instant::parse_rfc3339(text);
    BOOST_REQUIRE_MESSAGE(at, text);
    BOOST_TEST(at->rfc3339() == "2026-11-20T09:00:00.000Z");
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_text_that_is_no_time) {
  for (const char* text :
       {"", "2026-11-20", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T09:00:00",
        "2026-11-20 09:00:00Z", "2026-11-20T09:00:00.Z", "2026-11-20T09:00:00+1:00", "tomorrow",
        "2026-11-20T-0:00:00Z", "2026-11-20T+9:00:00Z", "2026-11-20T09: 0:00Z",
        "-026-11-20T09:00:00Z", "2026-11-20T09:00:00+-1:00", "2026-11-20T09:00:00.-5Z"}) {
    BOOST_TEST(!Instant::parse_rfc3339(text), text);
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_year_without_four_digits_in_utc) {
  BOOST_TEST(Instant::parse_rfc3339("9999-12-31T23:59:59.999Z")->sql() ==
             "9999-12-31 23:59:59.999");
  BOOST_TEST(Instant::parse_rfc3339("9999-12-31T23:59:59.999+00:01").has_value());
  BOOST_TEST(!Instant::parse_rfc3339("9999-12-31T23:59:59.999-00:01"));
  BOOST_TEST(!Instant::parse_rfc3339("9999-12-31T23:59:59-14:00"));
  BOOST_TEST(Instant::parse_rfc3339("0001-01-01T00:00:00Z").has_value());
  BOOST_TEST(!Instant::parse_rfc3339("0001-01-01T00:00:00+00:01"));
  BOOST_TEST(!Instant::parse_rfc3339("0000-01-01T00:00:00Z"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
