#include "domain/token.h"

#include <boost/test/unit_test.hpp>

#include "domain/check.h"

namespace concert {

namespace {

// Active since `issued`, with `ends` as its written end.
Token active_token(Instant issued, Instant ends) {
  Token token;
  token.state = TokenState::active;
  token.issued_at = issued;
  token.counted_from = issued;
  token.admitted_at = issued;
  token.expires_at = ends;
  return token;
}

}  // namespace

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
  Token token = active_token(issued, life.end_to_write(issued, issued + kLongestTokenLife_ms));
  int writes = 0;
  for (Instant now = issued; now < issued + 600'000; now = now + 100) {
    if (!life.must_write(now, token)) continue;
    token.expires_at = life.end_to_write(now, last_end(token));
    ++writes;
  }
  BOOST_TEST(writes == 9);
}

BOOST_AUTO_TEST_CASE(a_token_lives_its_whole_life_after_each_use_and_at_most_a_tenth_more) {
  const TokenLife life(100);
  Token token = active_token(Instant{0}, Instant{110'000});
  for (Instant now = token.issued_at; now.ms < 1'000'000; now = now + 777) {
    if (life.must_write(now, token)) token.expires_at = life.end_to_write(now, last_end(token));
    BOOST_TEST((token.expires_at - now) >= 100'000);
    BOOST_TEST((token.expires_at - now) <= 110'000);
    BOOST_TEST((life.promised_end(now, last_end(token)) - now) == 100'000);
  }
}

BOOST_AUTO_TEST_CASE(no_token_outlives_a_day_after_its_issue) {
  const TokenLife life(86400);
  const Instant issued{5};
  const Instant last = issued + kLongestTokenLife_ms;
  const Instant late = last + -1000;
  const Token token = active_token(issued, last);
  BOOST_CHECK(last_end(token) == last);
  BOOST_CHECK(life.end_to_write(late, last_end(token)) == last);
  BOOST_CHECK(life.promised_end(late, last_end(token)) == last);
  BOOST_TEST(!life.must_write(late, token));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_early_enough_for_a_whole_active_life) {
  const TokenLife life(600);
  const Instant issued{5};
  BOOST_TEST((life.wait_end(issued + 86'400'000, issued) - issued) == 85'800'000);
  BOOST_TEST((life.wait_end(issued + 60'000, issued) - issued) == 60'000);
  const Instant admitted = issued + life.longest_wait_ms();
  const Instant last = last_end(active_token(issued, admitted));
  BOOST_TEST((life.promised_end(admitted, last) - admitted) == 600'000);
  BOOST_TEST(TokenLife(86400).longest_wait_ms() == 1000);
}

BOOST_AUTO_TEST_CASE(an_active_token_that_nobody_claimed_waits_again_at_its_end) {
  Token token = active_token(Instant{0}, Instant{1000});
  token.is_unclaimed = true;
  BOOST_CHECK(state_at(token, Instant{999}) == TokenState::active);
  BOOST_CHECK(state_at(token, Instant{1000}) == TokenState::waiting);
  BOOST_TEST(TokenLife(600).must_write(Instant{999}, token));
}

BOOST_AUTO_TEST_CASE(a_claim_is_made_within_its_time_or_the_active_life_if_that_is_less) {
  BOOST_TEST(TokenLife(600, {120, 900, 1800}).admitted_ahead_ms() == 120'000);
  BOOST_TEST(TokenLife(60, {120, 900, 1800}).admitted_ahead_ms() == 60'000);
  BOOST_TEST(TokenLife(600, {120, 900, 30}).admitted_ahead_ms() == 30'000);
  BOOST_TEST(TokenLife(600, {0, 900, 0}).admitted_ahead_ms() == 660'000);
  BOOST_TEST(!TokenLife(600, {0, 900, 0}).has_claims());
}

BOOST_AUTO_TEST_CASE(a_visit_ends_only_while_somebody_waits_and_not_before_an_end_that_was_told) {
  const TokenLife life(600, {120, 900, 1800});
  Token token = active_token(Instant{0}, Instant{1'000'000});
  token.visit_end = life.visit_end(*token.admitted_at);
  BOOST_TEST(token.visit_end->ms == 1'800'000);
  BOOST_CHECK(last_end(token) == token.issued_at + kLongestTokenLife_ms);
  token.is_awaited = true;
  BOOST_CHECK(last_end(token) == Instant{1'800'000});
  BOOST_CHECK(life.promised_end(Instant{1'700'000}, last_end(token)) == Instant{1'800'000});
  token.expires_at = Instant{2'000'000};
  BOOST_CHECK(last_end(token) == token.expires_at);
  BOOST_TEST(!life.must_write(Instant{1'700'000}, token));
  BOOST_TEST(!TokenLife(600).visit_end(Instant{0}).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_held_when_the_visit_is_over_may_last_and_nothing_that_is_held_later) {
  Token token = active_token(Instant{0}, Instant{1'800'000});
  token.visit_end = Instant{1'800'000};
  token.is_awaited = true;
  BOOST_CHECK(last_hold_end(token, Instant{1'799'999}) == token.issued_at + kLongestTokenLife_ms);
  BOOST_CHECK(last_hold_end(token, Instant{1'800'000}) == Instant{1'800'000});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
