#include "service/queue/leave_queue.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(leave_queue_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(leaving_makes_room_at_once_also_a_second_time) {
  settings.active_limit = 1;
  const TokenClaims first = services->enter(user(1));
  app().leave_queue.run(first);
  app().leave_queue.run(first);
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 0);
  BOOST_TEST(refused([&] { app().guard.require_active(first); }) == "TOKEN_EXPIRED");
  BOOST_CHECK(services->enter(user(2)).state == TokenState::active);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(leaving_the_queue_moves_the_users_behind_forward) {
  settings.active_limit = 1;
  services->enter(user(1));
  const TokenClaims second = services->enter(user(2));
  const TokenClaims third = services->enter(user(3));
  app().leave_queue.run(second);
  app().leave_queue.run(second);
  BOOST_TEST(services->poll(third).position.value() == 1);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {second.id}) == "LEFT");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(leaving_with_a_waiting_text_after_admission_makes_room) {
  settings.active_limit = 1;
  const TokenClaims first = services->enter(user(1));
  const TokenClaims second = services->enter(user(2));
  app().leave_queue.run(first);
  services->maintain.run();
  app().leave_queue.run(second);
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(held_seats_stay_held_when_their_user_leaves) {
  const TokenClaims first = services->enter(user(1));
  services->hold(first, date, {1});
  app().leave_queue.run(first);
  const TokenClaims second = services->enter(user(2));
  BOOST_TEST(refused([&] { services->hold(second, date, {1}); }) == "SEAT_UNAVAILABLE");
}

BOOST_AUTO_TEST_CASE(leaving_does_nothing_to_a_token_that_has_ended_or_is_unknown) {
  TokenClaims claims = services->enter_with(user(1), 5000);
  app().payments.pay(claims, payment_of(services->hold(claims, date, {1})));
  app().leave_queue.run(claims);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {claims.id}) == "USED");
  claims.id = TokenId{999'999'999};
  app().leave_queue.run(claims);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
