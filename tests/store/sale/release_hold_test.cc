#include <boost/test/unit_test.hpp>

#include "service/sale/reservations.h"
#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(release_hold_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(released_seats_are_free_at_once_also_a_second_time) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId held = services->hold(claims, date, {1, 2});
  app().reservations.release(claims, held);
  app().reservations.release(claims, held);
  BOOST_CHECK(app().reservations.show(claims, held).state == ReservationState::released);
  services->hold(services->enter(user(2)), date, {1, 2});
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(releasing_an_expired_hold_changes_nothing) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId held = services->hold(claims, date, {1});
  services->lapse_holds();
  app().reservations.release(claims, held);
  BOOST_CHECK(app().reservations.show(claims, held).state == ReservationState::expired);
  services->maintain.run();
  app().reservations.release(claims, held);
  BOOST_CHECK(app().reservations.show(claims, held).state == ReservationState::expired);
}

BOOST_AUTO_TEST_CASE(a_paid_reservation_is_not_released) {
  const TokenClaims payer = services->enter_with(user(1), 5000);
  const ReservationId paid = services->hold(payer, date, {1});
  app().payments.pay(payer, payment_of(paid));
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(refused([&] { app().reservations.release(claims, paid); }) == "ALREADY_PAID");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(another_users_reservation_is_not_found) {
  const ReservationId held = services->hold(services->enter(user(1)), date, {1});
  const TokenClaims other = services->enter(user(2));
  BOOST_TEST(refused([&] { app().reservations.release(other, held); }) == "RESERVATION_NOT_FOUND");
  BOOST_TEST(refused([&] { app().reservations.release(other, ReservationId{999'999'999}); }) ==
             "RESERVATION_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(only_an_active_token_releases) {
  const TokenClaims left = services->enter(user(1));
  const ReservationId held = services->hold(left, date, {1});
  const ReservationId paid = services->hold(left, date, {2});
  const auto answer = [&](const TokenClaims& claims) {
    return refused([&] { app().reservations.release(claims, held); });
  };
  app().leave_queue.run(left);
  BOOST_TEST(answer(left) == "TOKEN_EXPIRED");
  const TokenClaims lapsed = services->enter(user(1));
  services->lapse(lapsed);
  BOOST_TEST(answer(lapsed) == "TOKEN_EXPIRED");
  const TokenClaims used = services->enter_with(user(1), 5000);
  app().payments.pay(used, payment_of(paid));
  BOOST_TEST(answer(used) == "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  BOOST_TEST(answer(waiting) == "TOKEN_WAITING");
  BOOST_TEST(services->text("SELECT state FROM reservation WHERE reservation_id = ?", {held}) ==
             "HELD");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
