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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
