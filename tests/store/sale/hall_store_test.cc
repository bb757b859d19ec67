#include "store/sale/hall_store.h"

#include <boost/test/unit_test.hpp>

#include "service/admin/block_seats.h"
#include "service/admin/cancel_date.h"
#include "service/points/refunds.h"
#include "service/sale/reservations.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

const AdminAction kByAlice{"alice@web1", "test", "because"};

// Two sections of two rows of five seats: 1 to 10 and 11 to 20.
struct OneHall : OneDateOfFiftySeats {
  OneHall() { hall = add_hall(hall_of(2, 2, 5), {1, 20}); }
  // What is left in each section: "10 10". What an audit finds comes behind it.
  std::string left() {
    std::string text;
    for (const SectionSale& sale : backend().halls.on_sale({kMainQueue, concert, hall}))
      text += (text.empty() ? "" : " ") + std::to_string(sale.available_seats);
    return text + services->breaches();
  }
  // The claims of each section: "0 0".
  std::string claims() {
    return services->text(
        "SELECT GROUP_CONCAT(claimed_count ORDER BY section_no SEPARATOR ' ') FROM hall_section "
        "WHERE concert_date_id = ?",
        {hall});
  }
  ReservationId pay(const TokenClaims& payer, const SeatNumbers& seats) {
    const ReservationId held = services->hold(payer, hall, seats);
    app().payments.pay(payer, payment_of(held));
    return held;
  }
  DateId hall;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hall_store_test, OneHall)

BOOST_AUTO_TEST_CASE(a_layout_is_read_as_it_was_written) {
  const Layout wanted = hall_of(2, 2, 5);
  const Layout found = backend().halls.layout(hall);
  BOOST_REQUIRE(found.size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(found[i].name == wanted[i].name);
    BOOST_TEST(found[i].category == wanted[i].category);
    BOOST_TEST(found[i].price == wanted[i].price);
    BOOST_TEST(found[i].first_seat == wanted[i].first_seat);
    BOOST_TEST(found[i].last_seat == wanted[i].last_seat);
    BOOST_CHECK(found[i].rows == wanted[i].rows);
    BOOST_CHECK(backend().halls.find_section(hall, wanted[i].name)->rows == wanted[i].rows);
  }
  BOOST_TEST(backend().halls.sections_of(hall).size() == 2U);
  BOOST_TEST(backend().halls.accessible(hall) == (SeatNumbers{1, 20}),
             boost::test_tools::per_element());
  BOOST_TEST(backend().catalogue.date(hall)->has_layout);
}

BOOST_AUTO_TEST_CASE(a_date_without_a_layout_has_no_sections) {
  BOOST_TEST(backend().halls.layout(date).empty());
  BOOST_TEST(backend().halls.sections_of(date).empty());
  BOOST_TEST(backend().halls.on_sale({kMainQueue, concert, date}).empty());
  BOOST_TEST(!backend().halls.find_section(date, "101"));
  BOOST_TEST(!backend().catalogue.date(date)->has_layout);
}

BOOST_AUTO_TEST_CASE(seats_know_their_section_and_whether_they_are_accessible) {
  const TokenClaims claims = services->enter(user(1));
  const auto outlook = backend().seats.outlook(claims.id, hall, {1, 11}, 20);
  BOOST_REQUIRE(outlook->seats.size() == 2U);
  BOOST_TEST(outlook->seats[0].section_no == 1);
  BOOST_TEST(outlook->seats[0].is_accessible);
  BOOST_TEST(outlook->seats[1].section_no == 2);
  BOOST_TEST(!outlook->seats[1].is_accessible);
  BOOST_TEST(backend().seats.outlook(claims.id, date, {1}, 20)->seats[0].section_no == 0);
}

BOOST_AUTO_TEST_CASE(a_hold_claims_its_seats_until_it_is_released) {
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(left() == "10 10");
  const ReservationId held = services->hold(claims, hall, {9, 10, 11});
  BOOST_TEST(left() == "8 9");
  BOOST_TEST(refused([&] { services->hold(claims, hall, {11}); }) == "SEAT_UNAVAILABLE");
  BOOST_TEST(left() == "8 9");
  app().reservations.release(claims, held);
  app().reservations.release(claims, held);
  BOOST_TEST(left() == "10 10");
  release_reservation(backend().db, services->hold(claims, hall, {1, 20}), kByAlice);
  BOOST_TEST(left() == "10 10");
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_repeated_by_its_key_claims_once) {
  const TokenClaims claims = services->enter(user(1));
  const auto key = key_of(IdempotentRoute::reservation, "k", "x");
  const ReservationId first = services->hold(claims, hall, {1, 2}, key);
  BOOST_CHECK(services->hold(claims, hall, {1, 2}, key) == first);
  BOOST_TEST(left() == "8 10");
}

BOOST_AUTO_TEST_CASE(seats_that_the_service_chose_are_claimed_and_know_their_places) {
  const TokenClaims claims = services->enter(user(1));
  services->hold_best(claims, hall, {{2}});
  BOOST_TEST(left() == "8 10");
  const auto held = app().reservations.list(claims, std::nullopt, 1).at(0);
  BOOST_REQUIRE(held.as_held.size() == 2U);
  BOOST_TEST(held.as_held[0].place.section == "101");
  const auto places = backend().seats.outlook(claims.id, hall, {14, 20}, 20)->places;
  BOOST_TEST(places.at(0).label == "A-4");
  BOOST_TEST(places.at(1).label == "B-5");
  BOOST_TEST(places.at(1).category == "S");
}

BOOST_AUTO_TEST_CASE(what_is_paid_stays_claimed_until_it_is_refunded_in_part_or_whole) {
  const TokenClaims payer = services->enter_with(user(1), 50'000);
  const ReservationId paid = pay(payer, {1, 2, 11, 12});
  BOOST_TEST(left() == "8 8");
  refund_seats(backend().db, paid, {2}, kByAlice);
  BOOST_TEST(left() == "9 8");
  refund_payment(backend().db, payment_of(paid), kByAlice);
  BOOST_TEST(left() == "10 10");
  const ReservationId again = pay(services->enter(user(1)), {5, 15});
  refund_seats(backend().db, again, {5, 15}, kByAlice);
  BOOST_TEST(left() == "10 10");
}

BOOST_AUTO_TEST_CASE(a_blocked_seat_is_claimed) {
  block_seats(backend().db, hall, {10, 11, 12}, kByAlice);
  BOOST_TEST(left() == "9 8");
  BOOST_TEST(!change_refused([&] { block_seats(backend().db, hall, {1, 12}, kByAlice); }).empty());
  BOOST_TEST(left() == "9 8");
  unblock_seats(backend().db, hall, {11, 12}, kByAlice);
  BOOST_TEST(left() == "9 10");
}

BOOST_AUTO_TEST_CASE(the_seats_of_a_lapsed_hold_are_left_before_and_after_that_is_noted) {
  services->hold(services->enter(user(1)), hall, {1, 11});
  services->lapse_holds();
  BOOST_TEST(left() == "10 10");
  BOOST_TEST(claims() == "1 1");
  services->maintain.run();
  BOOST_TEST(left() == "10 10");
  BOOST_TEST(claims() == "0 0");
}

BOOST_AUTO_TEST_CASE(a_seat_that_was_taken_again_after_a_lapse_is_taken_once) {
  services->hold(services->enter(user(1)), hall, {1});
  services->lapse_holds();
  const TokenClaims next = services->enter_with(user(2), 50'000);
  const ReservationId held = services->hold(next, hall, {1});
  BOOST_TEST(left() == "9 10");
  BOOST_TEST(claims() == "2 0");
  app().payments.pay(next, payment_of(held));
  services->maintain.run();
  BOOST_TEST(left() == "9 10");
  BOOST_TEST(claims() == "1 0");
}

BOOST_AUTO_TEST_CASE(a_cancelled_date_claims_nothing) {
  pay(services->enter_with(user(1), 50'000), {1, 11});
  services->hold(services->enter(user(2)), hall, {2, 12});
  services->hold(services->enter(user(3)), hall, {3});
  services->execute(
      "UPDATE reservation SET held_until = NOW(3) WHERE state = 'HELD' ORDER BY "
      "reservation_id DESC LIMIT 1");
  services->execute("UPDATE seat SET held_until = NOW(3) WHERE seat_number = 3 AND state = 'HELD'");
  CancelDate cancel(backend().db, kByAlice);
  cancel.begin(hall);
  cancel.complete(hall, [](std::int64_t) {});
  BOOST_TEST(left() == "10 10");
  services->maintain.run();
  BOOST_TEST(left() == "10 10");
  BOOST_TEST(claims() == "0 0");
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_released_beside_a_cancellation_gives_its_claims_up_once) {
  const TokenClaims claims = services->enter(user(2));
  const ReservationId held = services->hold(claims, hall, {2, 12});
  services->hold(services->enter(user(3)), hall, {3, 13});
  CancelDate cancel(backend().db, kByAlice);
  cancel.begin(hall);
  Services other(settings);
  bool was_released = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    const bool locks_holds = sql.find("WHERE reservation_id IN") != std::string_view::npos &&
                             sql.find("FOR UPDATE") != std::string_view::npos;
    if (was_released || !locks_holds) return;
    was_released = true;
    other.app.reservations.release(claims, held);
  });
  cancel.complete(hall, [](std::int64_t) {});
  backend().db.observe(nullptr);
  BOOST_TEST(was_released);
  BOOST_TEST(left() == "10 10");
  BOOST_TEST(this->claims() == "0 0");
}

BOOST_AUTO_TEST_CASE(an_erasure_gives_up_the_claims_of_its_users_holds) {
  services->hold(services->enter(user(1)), hall, {1});
  services->hold(services->enter(user(1)), hall, {2, 11});
  services->erase(user(1), std::nullopt, kByAlice);
  BOOST_TEST(left() == "10 10");
  BOOST_TEST(claims() == "0 0");
}

BOOST_AUTO_TEST_CASE(a_date_without_a_layout_costs_a_hold_and_a_release_no_write_of_claims) {
  const TokenClaims claims = services->enter(user(1));
  int writes = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    writes += sql.find("UPDATE hall_section") != std::string_view::npos ? 1 : 0;
  });
  app().reservations.release(claims, services->hold(claims, date, {1}));
  BOOST_TEST(writes == 0);
  app().reservations.release(claims, services->hold(claims, hall, {1}));
  BOOST_TEST(writes == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
