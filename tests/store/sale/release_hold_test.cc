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

BOOST_AUTO_TEST_CASE(a_token_of_its_user_releases_it_in_whatever_state) {
  settings.seat_limit = 50;
  const TokenClaims used = services->enter_with(user(1), 5000);
  app().payments.pay(used, payment_of(services->hold(used, date, {5})));
  const TokenClaims left = services->enter(user(1));
  std::vector<ReservationId> held;
  for (SeatNumber seat = 1; seat <= 4; ++seat) held.push_back(services->hold(left, date, {seat}));
  app().leave_queue.run(left);
  const TokenClaims lapsed = services->enter(user(1));
  services->lapse(lapsed);
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  const std::vector<TokenClaims> tokens{left, lapsed, used, waiting};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    app().reservations.release(tokens[i], held[i]);
    BOOST_TEST(services->text("SELECT state FROM reservation WHERE reservation_id = ?",
                              {held[i]}) == "RELEASED");
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
