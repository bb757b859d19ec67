
#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

std::vector<std::int64_t> ids(const std::vector<ShownReservation>& reservations) {
  std::vector<std::int64_t> found;
  for (const ShownReservation& reservation : reservations) found.push_back(reservation.id.value);
  return found;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(own_records_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(a_reservation_is_shown_as_it_stands_this_instant) {
  const TokenClaims claims = services->enter_with(user(1), 5000);
  const ReservationId held = services->hold(claims, date, {2, 5});
  Reservation shown = app().reservations.show(claims, held);
  BOOST_CHECK(shown.state == ReservationState::held);
  BOOST_TEST(shown.seats == (SeatNumbers{2, 5}), boost::test_tools::per_element());
  BOOST_TEST(shown.total == 2 * kSeatPrice);
  services->execute("UPDATE reservation SET held_until = NOW(3)");
  BOOST_CHECK(app().reservations.show(claims, held).state == ReservationState::expired);
}

BOOST_AUTO_TEST_CASE(an_expired_reservation_keeps_its_seats_after_others_took_them) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId held = services->hold(claims, date, {2, 5});
  app().reservations.release(claims, held);
  services->hold(services->enter(user(2)), date, {5});
  BOOST_TEST(app().reservations.show(claims, held).seats == (SeatNumbers{2, 5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_users_reservation_is_not_shown) {
  const ReservationId held = services->hold(services->enter(user(1)), date, {1});
  const TokenClaims other = services->enter(user(2));
  BOOST_TEST(refused([&] { app().reservations.show(other, held); }) == "RESERVATION_NOT_FOUND");
  BOOST_TEST(refused([&] { app().reservations.show(other, ReservationId{999'999'999}); }) ==
             "RESERVATION_NOT_FOUND");
  BOOST_TEST(app().reservations.list(other, std::nullopt, 10).empty());
}

BOOST_AUTO_TEST_CASE(reservations_come_newest_first_in_pages) {
  const TokenClaims claims = services->enter(user(1));
  std::vector<std::int64_t> made;
  for (SeatNumber seat = 1; seat <= 4; ++seat)
    made.push_back(services->hold(claims, date, {seat}).value);
  const std::vector<std::int64_t> newest{made[3], made[2], made[1]};
  BOOST_TEST(ids(app().reservations.list(claims, std::nullopt, 3)) == newest,
             boost::test_tools::per_element());
  BOOST_TEST(ids(app().reservations.list(claims, ReservationId{made[1]}, 3)) ==
                 std::vector<std::int64_t>{made[0]},
             boost::test_tools::per_element());
  BOOST_TEST(app().reservations.list(claims, ReservationId{made[0]}, 3).empty());
}

BOOST_AUTO_TEST_CASE(ledger_entries_come_newest_first_in_pages) {
  const TokenClaims claims = services->enter(user(1));
  for (Points amount = 1; amount <= 4; ++amount) services->charge(claims, amount);
  const auto page = app().balances.ledger(claims, EntryNo{4}, 2);
  BOOST_REQUIRE(page.size() == 2U);
  BOOST_TEST(page[0].amount == 3);
  BOOST_TEST(page[1].amount == 2);
}

BOOST_AUTO_TEST_CASE(a_waiting_token_shows_its_users_records) {
  const TokenClaims claims = services->enter_with(user(1), 10);
  app().leave_queue.run(claims);
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  BOOST_CHECK(waiting.state == TokenState::waiting);
  BOOST_TEST(app().balances.ledger(waiting, std::nullopt, 10).size() == 1U);
  BOOST_TEST(app().reservations.list(waiting, std::nullopt, 10).empty());
}

BOOST_AUTO_TEST_CASE(a_used_up_token_shows_its_users_records_for_24_hours) {
  const TokenClaims claims = services->enter_with(user(1), 5000);
  const ReservationId paid = services->hold(claims, date, {1});
  app().payments.pay(claims, payment_of(paid));
  BOOST_CHECK(app().reservations.show(claims, paid).state == ReservationState::paid);
  BOOST_TEST(app().balances.ledger(claims, std::nullopt, 10).size() == 2U);
  BOOST_TEST(app().balances.show(claims) == 5000 - kSeatPrice);
  // Paid in the last minutes of its life: its text has lapsed since.
  TokenClaims old = claims;
  old.issued_at = claims.issued_at + -24 * 3600 * 1000;
  services->execute("UPDATE token SET issued_at = ?, ended_at = NOW(3) - INTERVAL 86340 SECOND",
                    {old.issued_at});
  app().reservations.list(old, std::nullopt, 10);
  services->execute("UPDATE token SET ended_at = NOW(3) - INTERVAL 24 HOUR");
  BOOST_TEST(refused([&] { app().reservations.show(old, paid); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().reservations.list(old, std::nullopt, 10); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().balances.ledger(old, std::nullopt, 10); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().balances.show(old); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().payments.pay(old, payment_of(paid)); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_token_that_left_or_expired_shows_its_users_records_until_its_text_lapses) {
  const TokenClaims left = services->enter_with(user(1), 10);
  app().leave_queue.run(left);
  const TokenClaims lapsed = services->enter_with(user(2), 20);
  services->lapse(lapsed);
  BOOST_TEST(app().balances.show(left) == 10);
  BOOST_TEST(app().balances.ledger(lapsed, std::nullopt, 10).size() == 1U);
  BOOST_TEST(refused([&] { services->charge(left, 1); }) == "TOKEN_EXPIRED");
  services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 24 HOUR");
  for (TokenClaims old : {left, lapsed}) {
    old.issued_at = old.issued_at + -24 * 3600 * 1000;
    BOOST_TEST(refused([&] { app().balances.ledger(old, std::nullopt, 10); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { app().balances.show(old); }) == "TOKEN_EXPIRED");
  }
}

BOOST_AUTO_TEST_CASE(a_token_that_left_releases_its_users_hold) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId held = services->hold(claims, date, {7});
  app().leave_queue.run(claims);
  app().reservations.release(claims, held);
  BOOST_CHECK(app().reservations.show(claims, held).state == ReservationState::released);
  services->hold(services->enter(user(2)), date, {7});
}

BOOST_AUTO_TEST_CASE(a_lost_tokens_text_opens_nothing_of_the_user_who_got_its_id) {
  const TokenClaims lost = services->enter_with(user(1), 10);
  services->execute("UPDATE token SET user_id = ?, issued_at = issued_at + INTERVAL 1 SECOND",
                    {user(1)});
  forget_cache();
  BOOST_TEST(refused([&] { app().balances.show(lost); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
