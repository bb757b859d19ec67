#include "domain/token.h"

#include <boost/test/unit_test.hpp>

#include "domain/check.h"

namespace concert {

BOOST_AUTO_TEST_SUITE(token_test)

BOOST_AUTO_TEST_CASE(each_state_makes_the_round_trip_as_text) {
  for (const auto state : {TokenState::waiting, TokenState::active, TokenState::used,
                           TokenState::left, TokenState::expired}) {
    BOOST_CHECK(token_state(to_text(state)) == state);
  }
  BOOST_TEST(to_text(TokenState::waiting) == "WAITING");
  BOOST_CHECK_THROW(token_state("waiting"), Bug);
  BOOST_CHECK_THROW(token_state(""), Bug);
}

BOOST_AUTO_TEST_CASE(a_live_token_past_its_end_reads_as_expired) {
  Token token;
  token.expires_at = Instant{1000};
  for (const auto live : {TokenState::waiting, TokenState::active}) {
    token.state = live;
    BOOST_CHECK(state_at(token, Instant{999}) == live);
    BOOST_CHECK(state_at(token, Instant{1000}) == TokenState::expired);
  }
}

BOOST_AUTO_TEST_CASE(an_ended_token_stays_what_it_is) {
  Token token;
  token.expires_at = Instant{1000};
  for (const auto ended : {TokenState::used, TokenState::left, TokenState::expired}) {
    token.state = ended;
    BOOST_CHECK(state_at(token, Instant{2000}) == ended);
  }
}

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
