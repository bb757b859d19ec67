#include "domain/user_id.h"

#include <boost/test/unit_test.hpp>

#include "domain/check.h"

namespace concert {

BOOST_AUTO_TEST_SUITE(user_id_test)

BOOST_AUTO_TEST_CASE(either_case_is_read_and_lower_case_written) {
  const auto lower = UserId::parse("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
  const auto upper = UserId::parse("0B1C2D3E-4F50-6172-8394-A5B6C7D8E9F0");
  BOOST_REQUIRE(lower);
  BOOST_CHECK(lower == upper);
  BOOST_TEST(upper->text() == "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
}

BOOST_AUTO_TEST_CASE(bytes_make_the_round_trip) {
  const auto id = UserId::parse("00000000-0000-4000-8000-0000000000ff");
  BOOST_REQUIRE(id);
  BOOST_TEST(id->binary().size() == 16U);
  BOOST_CHECK(UserId::from_binary(id->binary()) == *id);
  BOOST_CHECK_THROW(UserId::from_binary("short"), Bug);
}

BOOST_AUTO_TEST_CASE(what_is_no_uuid_is_nobody) {
  for (const char* text :
       {"", "0b1c2d3e", "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f",
        "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f00", "0b1c2d3e4f5061728394a5b6c7d8e9f0",
        "0b1c2d3e4-f50-6172-8394-a5b6c7d8e9f0", "{b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
        "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9fg", "0b1c2d3e 4f50 6172 8394 a5b6c7d8e9f0",
        " b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}) {
    BOOST_TEST(!UserId::parse(text), text);
  }
}

BOOST_AUTO_TEST_CASE(users_are_ordered_by_their_bytes) {
  const auto small = UserId::parse("00000000-0000-0000-0000-000000000001");
  const auto large = UserId::parse("ff000000-0000-0000-0000-000000000000");
  BOOST_CHECK(*small < *large);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
