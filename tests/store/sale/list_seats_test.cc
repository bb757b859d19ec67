#include <boost/test/unit_test.hpp>

#include "service/sale/catalogue.h"
#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(list_seats_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(seats_are_shown_as_they_are_this_instant) {
  const TokenClaims claims = services->enter_with(user(1), 5000);
  app().payments.pay(claims, payment_of(services->hold(claims, date, {1})));
  const TokenClaims other = services->enter(user(2));
  services->hold(other, date, {2});
  auto seats = app().catalogue.seats(other, concert, date).seats;
  BOOST_REQUIRE(seats.size() == 50U);
  BOOST_TEST(seats[0].number == 1);
  BOOST_TEST(seats[0].price == kSeatPrice);
  BOOST_CHECK(seats[0].state == SeatState::sold);
  BOOST_CHECK(seats[1].state == SeatState::held);
  BOOST_CHECK(seats[2].state == SeatState::available);
  services->lapse_holds();
  seats = app().catalogue.seats(other, concert, date).seats;
  BOOST_CHECK(seats[1].state == SeatState::available);
}

BOOST_AUTO_TEST_CASE(a_date_that_has_begun_still_shows_its_seats) {
  const TokenClaims claims = services->enter(user(1));
  services->execute("UPDATE concert_date SET starts_at = NOW(3) - INTERVAL 1 HOUR");
  BOOST_TEST(app().catalogue.seats(claims, concert, date).seats.size() == 50U);
}

BOOST_AUTO_TEST_CASE(a_date_that_is_unknown_or_of_another_concert_is_not_found) {
  const TokenClaims claims = services->enter(user(1));
  const ConcertId other = backend().concerts.add("Another", "Elsewhere");
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, other, date); }) == "DATE_NOT_FOUND");
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, concert, DateId{999'999'999}); }) ==
             "DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(seats_that_several_requests_of_a_round_ask_for_are_read_once) {
  const TokenClaims claims = services->enter(user(1));
  const DateId other_date = add_date(30);
  services->hold(claims, date, {2});
  const DateId none{999'999'999};
  app().catalogue.seats(claims, concert, date);  // memcached knows its token
  app().catalogue.prefetch({other_date, date, none, date});
  const auto before = backend().db.round_trips();
  BOOST_CHECK(app().catalogue.seats(claims, concert, date).seats[1].state == SeatState::held);
  BOOST_TEST(app().catalogue.seats(claims, concert, other_date).seats.size() == 30U);
  BOOST_TEST(backend().db.round_trips() == before);
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, concert, none); }) == "DATE_NOT_FOUND");
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, ConcertId{999'999}, date); }) ==
             "DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(seats_read_for_one_round_are_not_shown_in_the_next) {
  const TokenClaims claims = services->enter(user(1));
  app().catalogue.prefetch({date, date});
  services->hold(claims, date, {2});
  app().catalogue.prefetch({date});
  BOOST_CHECK(app().catalogue.seats(claims, concert, date).seats[1].state == SeatState::held);
}

BOOST_AUTO_TEST_CASE(only_an_active_token_sees_them) {
  const TokenClaims claims = services->enter(user(1));
  app().leave_queue.run(claims);
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, concert, DateId{999'999'999}); }) ==
             "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  BOOST_TEST(refused([&] { app().catalogue.seats(waiting, concert, date); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
