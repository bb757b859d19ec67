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

BOOST_AUTO_TEST_CASE(a_section_shows_its_seats_and_where_they_are) {
  const DateId hall = add_hall(hall_of(3, 2, 4), {9, 16});
  const TokenClaims claims = services->enter(user(1));
  services->hold(claims, hall, {10});
  const auto shown = app().catalogue.seats(claims, concert, hall, "102");
  BOOST_REQUIRE(shown.seats.size() == 8U);
  BOOST_TEST(shown.seats.front().number == 9);
  BOOST_TEST(shown.seats.front().price == kSeatPrice);
  BOOST_TEST(shown.seats.front().is_accessible);
  BOOST_CHECK(shown.seats.at(1).state == SeatState::held);
  BOOST_TEST(!shown.seats.at(1).is_accessible);
  BOOST_REQUIRE(shown.layout.size() == 1U);
  BOOST_TEST(shown.layout.front().category == "S");
  BOOST_REQUIRE(shown.layout.front().rows.size() == 2U);
  BOOST_TEST(shown.layout.front().rows.at(1).label_of(14) == "B-2");
  BOOST_TEST((shown.terms.starts_at > shown.now));
  const auto all = app().catalogue.seats(claims, concert, hall);
  BOOST_TEST(all.seats.size() == 24U);
  BOOST_TEST(all.layout.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_section_that_a_date_lacks_is_a_wrong_field) {
  const DateId hall = add_hall(hall_of(1, 1, 4));
  const TokenClaims claims = services->enter(user(1));
  const auto asked = [&](DateId of, const std::string& section) {
    return refused([&] { app().catalogue.seats(claims, concert, of, section); });
  };
  BOOST_TEST(asked(hall, "102") == "FIELD_INVALID");
  BOOST_TEST(asked(hall, "") == "FIELD_INVALID");
  BOOST_TEST(asked(date, "101") == "FIELD_INVALID");
  BOOST_TEST(asked(DateId{999'999'999}, "101") == "DATE_NOT_FOUND");
  BOOST_TEST(asked(hall, "101") == "");
}

BOOST_AUTO_TEST_CASE(sections_of_a_hidden_or_of_another_concert_are_not_found) {
  const DateId hall = add_hall(hall_of(2, 1, 4));
  const TokenClaims claims = services->enter(user(1));
  const auto asked = [&](ConcertId of) {
    return refused([&] { app().catalogue.seats(claims, of, hall, "101"); }) + " " +
           refused([&] { app().catalogue.sections(claims, of, hall); });
  };
  BOOST_TEST(asked(concert) == " ");
  BOOST_TEST(asked(ConcertId{999'999}) == "DATE_NOT_FOUND DATE_NOT_FOUND");
  services->execute("UPDATE concert SET visible_from = NOW(3) + INTERVAL 1 HOUR");
  BOOST_TEST(asked(concert) == "DATE_NOT_FOUND DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_date_of_more_than_2000_seats_is_shown_by_section_alone) {
  const DateId fits = add_hall(hall_of(2, 10, 100));
  const DateId large = add_hall(hall_of(3, 10, 67));
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(app().catalogue.seats(claims, concert, fits).seats.size() == 2000U);
  app().catalogue.prefetch({fits, large});
  try {
    app().catalogue.seats(claims, concert, large);
    BOOST_ERROR("all seats were shown");
  } catch (const Refusal& refusal) {
    BOOST_CHECK(refusal.reason() == Reason::field_invalid);
    BOOST_TEST(refusal.field() == "section");
  }
  BOOST_TEST(app().catalogue.seats(claims, concert, large, "103").seats.size() == 670U);
  const ConcertId other = backend().concerts.add("Another", "Elsewhere");
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, other, large); }) == "DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(sections_are_listed_with_what_is_left_of_them) {
  const DateId hall = add_hall(hall_of(3, 2, 4));
  const TokenClaims claims = services->enter(user(1));
  services->hold(claims, hall, {1, 8, 17});
  const auto sections = app().catalogue.sections(claims, concert, hall);
  BOOST_REQUIRE(sections.size() == 3U);
  BOOST_TEST(sections[0].section.name == "101");
  BOOST_TEST(sections[0].section.category == "R");
  BOOST_TEST(sections[0].section.price == 2 * kSeatPrice);
  BOOST_TEST(sections[0].section.seat_count() == 8);
  BOOST_TEST(sections[0].available_seats == 6);
  BOOST_TEST(sections[1].available_seats == 8);
  BOOST_TEST(sections[2].available_seats == 7);
  BOOST_TEST(app().catalogue.sections(claims, concert, date).empty());
  BOOST_TEST(refused([&] { app().catalogue.sections(claims, ConcertId{999'999}, hall); }) ==
             "DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(only_an_active_token_sees_them) {
  const TokenClaims claims = services->enter(user(1));
  app().leave_queue.run(claims);
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, concert, DateId{999'999'999}); }) ==
             "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  BOOST_TEST(refused([&] { app().catalogue.seats(waiting, concert, date); }) == "TOKEN_WAITING");
  BOOST_TEST(refused([&] { app().catalogue.seats(waiting, concert, date, "1"); }) ==
             "TOKEN_WAITING");
  BOOST_TEST(refused([&] { app().catalogue.sections(waiting, concert, date); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
