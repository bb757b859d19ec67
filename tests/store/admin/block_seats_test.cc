#include "service/admin/block_seats.h"

#include <boost/test/unit_test.hpp>

#include "domain/admin_action.h"
#include "service/points/refunds.h"
#include "service/sale/reservations.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kBlock{"alice@web1", "seat block", "a camera stands there"};

struct Blocking : OneDateOfFiftySeats {
  void block(const SeatNumbers& seats) { block_seats(backend().db, date, seats, kBlock); }
  std::int64_t blocked() {
    return services->number("SELECT COUNT(*) FROM seat WHERE blocked_at IS NOT NULL");
  }
  DateSale sale() { return backend().sales.page(concert, DateId{0}, 10).at(0); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(block_seats_test, Blocking)

BOOST_AUTO_TEST_CASE(a_blocked_seat_reads_as_sold_and_cannot_be_held_until_it_is_unblocked) {
  const TokenClaims claims = services->enter(user(1));
  block({1, 2});
  BOOST_CHECK(app().catalogue.seats(claims, concert, date).seats.at(0).state == SeatState::sold);
  BOOST_TEST(refused([&] { services->hold(claims, date, {2, 3}); }) == "SEAT_UNAVAILABLE");
  BOOST_TEST(services->breaches() == "");
  unblock_seats(backend().db, date, {2}, kBlock);
  services->hold(claims, date, {2, 3});
  BOOST_TEST(blocked() == 1);
  BOOST_TEST(services->breaches() == "");
  BOOST_TEST(backend().admin_actions.newest(10).size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_or_no_seats_are_blocked_and_those_in_the_way_are_named) {
  const TokenClaims payer = services->enter_with(user(1), 5000);
  app().payments.pay(payer, payment_of(services->hold(payer, date, {3})));
  services->hold(services->enter(user(2)), date, {4});
  block({5});
  const std::string why = change_refused([&] { block({1, 3, 4, 5, 51}); });
  BOOST_TEST(
      why.find("3 is SOLD, 4 is HELD, 5 is BLOCKED, 51 is not of this date") != std::string::npos,
      why);
  BOOST_TEST(blocked() == 1);
  const std::string not_blocked = change_refused([&] {
    unblock_seats(backend().db, date, {3, 5, 6}, kBlock);
  });
  BOOST_TEST(not_blocked.find("3 is SOLD, 6 is AVAILABLE") != std::string::npos, not_blocked);
  BOOST_TEST(blocked() == 1);
  BOOST_TEST(change_refused([&] {
               block_seats(backend().db, DateId{999'999}, {1}, kBlock);
             }).find("there is no date") != std::string::npos);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_seats_of_a_lapsed_hold_can_be_blocked_and_its_payment_then_fails) {
  const TokenClaims claims = services->enter_with(user(1), 5000);
  const ReservationId held = services->hold(claims, date, {1});
  services->lapse_holds();
  block({1});
  BOOST_TEST(refused([&] { app().payments.pay(claims, payment_of(held)); }) == "HOLD_EXPIRED");
  services->maintain.run();
  BOOST_TEST(blocked() == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_a_block_and_holds_at_once_one_has_the_seat) {
  for (SeatNumber seat = 1; seat <= 5; ++seat) {
    const auto results = race(settings, 6, [&](Services& mine, int i) {
      const TokenClaims claims = mine.enter(user(i + 10 * seat));
      try {
        if (i == 0) {
          block_seats(mine.app.backend.db, date, {seat}, kBlock);
        } else {
          mine.hold(claims, date, {seat});
        }
        return 1;
      } catch (const ChangeRefused&) {
        return 2;
      } catch (const Refusal&) {
        return 2;
      }
    });
    BOOST_TEST(count_of(results, 1) == 1);
    BOOST_TEST(count_of(results, 2) == 5);
    BOOST_TEST(services->breaches() == "");
  }
}

BOOST_AUTO_TEST_CASE(the_report_counts_every_seat_once) {
  settings.seat_limit = 50;
  const TokenClaims payer = services->enter_with(user(1), 50'000);
  app().payments.pay(payer, payment_of(services->hold(payer, date, {1, 2, 3})));
  const TokenClaims second = services->enter_with(user(2), 50'000);
  const ReservationId given_back = services->hold(second, date, {10, 11});
  app().payments.pay(second, payment_of(given_back));
  refund_payment(backend().db, payment_of(given_back), kBlock);
  services->hold(services->enter(user(3)), date, {20});
  services->lapse_holds();
  services->hold(services->enter(user(4)), date, {4, 5});
  block({6, 7, 8, 9});
  const DateSale now = sale();
  BOOST_TEST(now.seats == 50);
  BOOST_TEST(now.sold == 3);
  BOOST_TEST(now.held == 2);
  BOOST_TEST(now.blocked == 4);
  BOOST_TEST(now.free == 41);
  BOOST_TEST(now.revenue == 3000);
  BOOST_TEST(now.refunded == 2000);
  BOOST_TEST(backend().sales.page(ConcertId{concert.value + 1}, DateId{0}, 10).empty());
}

BOOST_AUTO_TEST_CASE(an_administrator_releases_a_live_hold_and_nothing_else) {
  const auto release = [&](ReservationId id) {
    return change_refused([&] { release_reservation(backend().db, id, kBlock); });
  };
  const TokenClaims payer = services->enter_with(user(1), 5000);
  const ReservationId paid = services->hold(payer, date, {1});
  app().payments.pay(payer, payment_of(paid));
  const ReservationId held = services->hold(services->enter(user(2)), date, {2, 3});
  BOOST_TEST(release(paid).find("payment refund --payment") != std::string::npos);
  BOOST_TEST(release(ReservationId{999'999}).find("no reservation") != std::string::npos);
  BOOST_TEST(release(held) == "");
  BOOST_TEST(release(held).find("RELEASED") != std::string::npos);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") == 0);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_a_release_and_payments_at_once_one_wins) {
  for (int round = 1; round <= 5; ++round) {
    const TokenClaims payer = services->enter_with(user(round), 5000);
    const ReservationId held = services->hold(payer, date, {round});
    const auto results = race(settings, 4, [&](Services& mine, int i) {
      try {
        if (i < 2) {
          release_reservation(mine.app.backend.db, held, kBlock);
          return 1;
        }
        mine.app.payments.pay(payer, payment_of(held));
        return 2;
      } catch (const ChangeRefused&) {
        return 0;
      } catch (const Refusal&) {
        return 0;
      }
    });
    const bool released = count_of(results, 1) == 1 && count_of(results, 2) == 0;
    const bool paid = count_of(results, 1) == 0 && count_of(results, 2) == 2;
    BOOST_TEST((released || paid));
    BOOST_TEST(services->breaches() == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
