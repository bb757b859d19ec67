#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

struct Cost {
  std::uint64_t database = 0;
  std::uint64_t cache = 0;
};

// Costs are those of a worker that has served before: its statements are kept.
struct WarmServices : OneDateOfFiftySeats {
  WarmServices() {
    for (int i = 900; i < 902; ++i) {
      const TokenClaims warming = services->enter_with(user(i), 50'000);
      use_everything(warming);
      due(warming);
      services->charge(warming, 1);
      due(warming);
      app().payments.pay(warming, payment_of(services->hold(warming, date, {i == 900 ? 49 : 50})));
    }
    claims = services->enter_with(user(1), 50'000);
  }
  void use_everything(const TokenClaims& of) {
    app().refresh_token.run(of);
    app().balances.show(of);
    app().catalogue.seats(of, concert, date);
    app().catalogue.dates(of, concert, [](const BookableDates&) { return "x"; });
  }
  // The next use of the token must be written.
  void due(const TokenClaims& of) {
    services->execute(
        "UPDATE token SET expires_at = NOW(3) + INTERVAL 10 SECOND WHERE token_id = ?", {of.id});
    backend().cache.remove(QueueCache::token_key(of.id));
  }
  template <class Call>
  Cost cost(Call call) {
    const auto database = backend().db.round_trips();
    const auto cache = backend().cache.round_trips();
    call();
    return {backend().db.round_trips() - database, backend().cache.round_trips() - cache};
  }
  TokenClaims claims;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(round_trips_test, WarmServices)

BOOST_AUTO_TEST_CASE(a_waiting_poll_makes_one_round_trip_to_memcached_only) {
  settings.active_limit = 1;
  const TokenClaims waiting = services->enter(user(2));
  BOOST_REQUIRE(waiting.state == TokenState::waiting);
  services->maintain.run();
  const Cost poll = cost([&] { app().refresh_token.run(waiting); });
  BOOST_TEST(poll.database == 0U);
  BOOST_TEST(poll.cache == 1U);
}

BOOST_AUTO_TEST_CASE(a_waiting_poll_that_publishes_the_queue_makes_at_most_10_round_trips) {
  settings.active_limit = 1;
  const TokenClaims waiting = services->enter(user(2));
  app().leave_queue.run(services->enter(user(3)));
  services->enter(user(4));
  const auto poll = [&] {
    forget_cache();
    return cost([&] { app().refresh_token.run(waiting); });
  };
  poll();  // keeps the statements
  BOOST_TEST(poll().database <= 10U);
}

BOOST_AUTO_TEST_CASE(an_active_poll_makes_one_round_trip_to_memcached_only) {
  app().refresh_token.run(claims);
  const Cost poll = cost([&] { app().refresh_token.run(claims); });
  BOOST_TEST(poll.database == 0U);
  BOOST_TEST(poll.cache == 1U);
}

BOOST_AUTO_TEST_CASE(cached_dates_make_one_round_trip_to_memcached_only) {
  use_everything(claims);
  const Cost dates = cost([&] {
    BOOST_TEST(
        app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; }).hit);
  });
  BOOST_TEST(dates.database == 0U);
  BOOST_TEST(dates.cache == 1U);
}

BOOST_AUTO_TEST_CASE(seats_and_balance_make_one_and_one) {
  use_everything(claims);
  const Cost seats = cost([&] { app().catalogue.seats(claims, concert, date); });
  BOOST_TEST(seats.database <= 1U);
  BOOST_TEST(seats.cache <= 1U);
  const Cost balance = cost([&] { app().balances.show(claims); });
  BOOST_TEST(balance.database <= 1U);
  BOOST_TEST(balance.cache <= 1U);
}

BOOST_AUTO_TEST_CASE(a_charge_makes_at_most_6) {
  BOOST_TEST(cost([&] { services->charge(claims, 1); }).database <= 6U);
  due(claims);
  BOOST_TEST(cost([&] { services->charge(claims, 1); }).database <= 6U);
}

BOOST_AUTO_TEST_CASE(a_hold_of_one_seat_makes_at_most_8) {
  BOOST_TEST(cost([&] { services->hold(claims, date, {1}); }).database <= 8U);
  due(claims);
  BOOST_TEST(cost([&] { services->hold(claims, date, {2}); }).database <= 8U);
}

BOOST_AUTO_TEST_CASE(a_payment_makes_at_most_11) {
  ReservationId held = services->hold(claims, date, {1});
  BOOST_TEST(cost([&] { app().payments.pay(claims, payment_of(held)); }).database <= 11U);
  claims = services->enter(user(1));
  held = services->hold(claims, date, {2});
  due(claims);
  BOOST_TEST(cost([&] { app().payments.pay(claims, payment_of(held)); }).database <= 11U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
