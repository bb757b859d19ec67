#include "domain/token_life.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(token_life_test)

BOOST_AUTO_TEST_CASE(a_use_is_written_at_most_once_per_tenth_of_the_life) {
  const TokenLife life(600);
  const Instant issued{1'000'000};
  Instant written = life.end_to_write(issued, issued);
  int writes = 0;
  for (Instant now = issued; now < issued + 600'000; now = now + 100) {
    if (!life.must_write(now, issued, written)) continue;
    written = life.end_to_write(now, issued);
    ++writes;
  }
  BOOST_TEST(writes == 9);
}

BOOST_AUTO_TEST_CASE(a_token_lives_its_whole_life_after_each_use_and_at_most_a_tenth_more) {
  const TokenLife life(100);
  const Instant issued{0};
  Instant written = life.end_to_write(issued, issued);
  for (Instant now = issued; now.ms < 1'000'000; now = now + 777) {
    if (life.must_write(now, issued, written)) written = life.end_to_write(now, issued);
    BOOST_TEST((written - now) >= 100'000);
    BOOST_TEST((written - now) <= 110'000);
    BOOST_TEST((life.promised_end(now, issued) - now) == 100'000);
  }
}

BOOST_AUTO_TEST_CASE(no_token_outlives_a_day_after_its_issue) {
  const TokenLife life(86400);
  const Instant issued{5};
  const Instant last = issued + kLongestTokenLife_ms;
  const Instant late = last + -1000;
  BOOST_CHECK(life.end_to_write(late, issued) == last);
  BOOST_CHECK(life.promised_end(late, issued) == last);
  BOOST_TEST(!life.must_write(late, issued, last));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_early_enough_for_a_whole_active_life) {
  const TokenLife life(600);
  const Instant issued{5};
  BOOST_TEST((life.wait_end(issued + 86'400'000, issued) - issued) == 85'800'000);
  BOOST_TEST((life.wait_end(issued + 60'000, issued) - issued) == 60'000);
  const Instant admitted = issued + life.longest_wait_ms();
  BOOST_TEST((life.promised_end(admitted, issued) - admitted) == 600'000);
  BOOST_TEST(TokenLife(86400).longest_wait_ms() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
