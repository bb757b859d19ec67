#include <boost/test/unit_test.hpp>

#include "service/admin/change_catalogue.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

// Users here make three holds in half an hour.
struct ThreeHolds : OneDateOfFiftySeats {
  ThreeHolds() : claims(services->enter(user(1))) { settings.holds_per_visit = 3; }

  void hold_and_release(int times) {
    for (int i = 0; i < times; ++i)
      app().reservations.release(claims, services->hold(claims, date, {1}));
  }
  std::string refused_hold(const SeatNumbers& seats = {1}) {
    return refused([&] { services->hold(claims, date, seats); });
  }
  std::int64_t made() { return services->number("SELECT COUNT(*) FROM reservation"); }

  TokenClaims claims;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(holds_per_visit_test, ThreeHolds)

BOOST_AUTO_TEST_CASE(so_many_holds_are_made_and_no_more_whatever_becomes_of_them) {
  hold_and_release(1);
  services->charge(claims, 1000);
  app().payments.pay(claims, payment_of(services->hold(claims, date, {2})));
  claims = services->enter(user(1));  // another token does not help
  services->hold(claims, date, {3});
  services->lapse_holds();
  BOOST_TEST(refused_hold() == "HOLD_LIMIT");
  BOOST_TEST(made() == 3);
  services->hold(services->enter(user(2)), date, {1});
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_hold_counts_for_half_an_hour) {
  hold_and_release(3);
  services->execute(
      "UPDATE reservation SET created_at = NOW(3) - INTERVAL 29 MINUTE ORDER BY reservation_id "
      "LIMIT 1");
  BOOST_TEST(refused_hold() == "HOLD_LIMIT");
  services->execute(
      "UPDATE reservation SET created_at = NOW(3) - INTERVAL 31 MINUTE ORDER BY reservation_id "
      "LIMIT 1");
  hold_and_release(1);
  BOOST_TEST(refused_hold() == "HOLD_LIMIT");
  services->execute("UPDATE reservation SET created_at = NOW(3) - INTERVAL 31 MINUTE");
  hold_and_release(3);
  BOOST_TEST(refused_hold() == "HOLD_LIMIT");
}

BOOST_AUTO_TEST_CASE(a_closed_date_is_named_before_it_and_the_seats_after_it) {
  hold_and_release(3);
  BOOST_TEST(refused_hold({1, 2, 3, 4, 5}) == "HOLD_LIMIT");
  services->hold(services->enter(user(2)), date, {1});
  BOOST_TEST(refused_hold() == "HOLD_LIMIT");
  BOOST_TEST(refused_hold({51}) == "SEAT_INVALID");
  ChangeCatalogue(backend().db, {"a", "b", "c"}).stop(date);
  BOOST_TEST(refused_hold() == "DATE_CLOSED");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_repeated_is_no_new_hold) {
  const IdempotencyKey key = key_of(IdempotentRoute::reservation, "key", "body");
  settings.holds_per_visit = 1;
  const ReservationId held = services->hold(claims, date, {1}, key);
  BOOST_CHECK(services->hold(claims, date, {1}, key) == held);
  BOOST_TEST(refused([&] {
               services->hold(claims, date, {2},
                              key_of(IdempotentRoute::reservation, "other", "body"));
             }) == "HOLD_LIMIT");
  BOOST_TEST(made() == 1);
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_refused_does_not_count) {
  services->hold(services->enter(user(2)), date, {2});
  for (int i = 0; i < 5; ++i) BOOST_TEST(refused_hold({2}) == "SEAT_UNAVAILABLE");
  hold_and_release(3);
}

BOOST_AUTO_TEST_CASE(parallel_holds_of_one_user_stay_within_it) {
  settings.seat_limit = 50;
  const auto results = race(settings, 20, [&](Services& mine, int i) {
    return status_of([&] { mine.hold(claims, date, {i + 1}); });
  });
  BOOST_TEST(count_of(results, 0) == 3);
  BOOST_TEST(count_of(results, 409) == 17);
  BOOST_TEST(made() == 3);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(without_the_lock_on_the_token_parallel_holds_of_one_user_exceed_it) {
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE reservation SET created_at = NOW(3) - INTERVAL 31 MINUTE");
    const std::int64_t before = made();
    race(settings, 10, [&](Services& mine, int) {
      return status_of([&] {
        run_transaction(mine.app.backend.db, [&] {
          ReservationStore& reservations = mine.stores.reservations;
          reservations.insert_hold(user(1), date,
                                   {1, kSeatPrice, 60'000, mine.stores.db.now() + 86'400'000, 50});
          const auto newest = reservations.newest(user(1), date, settings.holds_per_visit);
          if (is_of_one_visit(newest.earlier, newest.made_at))
            throw Refusal(Reason::hold_limit, "");
        });
      });
    });
    return made() - before > settings.holds_per_visit;
  }));
}

BOOST_AUTO_TEST_CASE(no_more_reservations_are_read_for_it_than_it_allows) {
  settings.holds_per_visit = 20;
  const auto rows_read = [&] {
    auto status =
        backend().db.query("SHOW SESSION STATUS WHERE Variable_name = 'Handler_read_prev'");
    return status.next() ? std::stoll(status.text(2)) : 0;
  };
  services->execute(
      "INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, "
      "held_until, created_at, ended_at) SELECT ?, ?, 'RELEASED', 1, 1, NOW(3), "
      "NOW(3) - INTERVAL 1 DAY, NOW(3) FROM " +
          numbers(1, 3000),
      {user(1), date});
  Session(settings.database, nullptr).run_text("ANALYZE TABLE reservation");
  const auto before = rows_read();
  services->hold(claims, date, {1});
  const auto rows = rows_read() - before;
  BOOST_TEST(rows >= 2 * 19);
  BOOST_TEST(rows <= 2 * 21);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
