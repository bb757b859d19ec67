#include <boost/test/unit_test.hpp>

#include "service/points/balances.h"
#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(show_balance_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(a_balance_is_what_was_charged_and_not_yet_paid) {
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(app().balances.show(claims) == 0);
  services->charge(claims, 5000);
  BOOST_TEST(app().balances.show(claims) == 5000);
}

BOOST_AUTO_TEST_CASE(balances_asked_for_at_once_are_read_once_and_each_is_its_users) {
  const TokenClaims first = services->enter_with(user(1), 100);
  const TokenClaims second = services->enter_with(user(2), 200);
  const TokenClaims third = services->enter_with(user(3), 300);
  for (const auto& claims : {first, second, third}) app().balances.show(claims);
  app().balances.prefetch({third.user, first.user, first.user, second.user, user(4)});
  const auto before = backend().db.round_trips();
  BOOST_TEST(app().balances.show(first) == 100);
  BOOST_TEST(app().balances.show(second) == 200);
  BOOST_TEST(app().balances.show(third) == 300);
  BOOST_TEST(backend().db.round_trips() == before);
}

BOOST_AUTO_TEST_CASE(balances_read_for_one_round_are_not_shown_in_the_next) {
  const TokenClaims claims = services->enter_with(user(1), 100);
  app().balances.prefetch({claims.user, user(2)});
  services->charge(claims, 1);
  app().balances.prefetch({claims.user});
  BOOST_TEST(app().balances.show(claims) == 101);
}

BOOST_AUTO_TEST_CASE(a_balance_that_is_fetched_is_shown_only_to_a_token_that_opens_it) {
  TokenClaims claims = services->enter_with(user(1), 100);
  app().leave_queue.run(claims);
  app().balances.prefetch({claims.user, user(2)});
  BOOST_TEST(app().balances.show(claims) == 100);
  services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 24 HOUR");
  claims.issued_at = claims.issued_at + -24 * 3600 * 1000;
  BOOST_TEST(refused([&] { app().balances.show(claims); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
