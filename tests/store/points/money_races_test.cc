#include <boost/test/unit_test.hpp>
#include <set>

#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

const IdempotencyKey kChargeKey = key_of(IdempotentRoute::charge, "key", "body");
const IdempotencyKey kHoldKey = key_of(IdempotentRoute::reservation, "key", "body");

struct OneRacer : OneDateOfFiftySeats {
  OneRacer() : claims(services->enter(user(1))) {}
  std::int64_t balance() { return services->number("SELECT balance FROM user"); }
  TokenClaims claims;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(money_races_test, OneRacer)

BOOST_AUTO_TEST_CASE(a_hundred_parallel_charges_of_one_user_add_up_exactly) {
  const auto results = race(settings, 100, [&](Services& mine, int i) {
    return status_of([&] { mine.charge(claims, i + 1); });
  });
  BOOST_TEST(count_of(results, 0) == 100);
  BOOST_TEST(balance() == 5050);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM ledger_entry") == 100);
  BOOST_TEST(services->number("SELECT MAX(entry_no) FROM ledger_entry") == 100);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_look_before_a_plain_update_charges_are_lost) {
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE user SET balance = 0");
    race(settings, 12, [&](Services& mine, int) {
      const std::int64_t read = mine.number("SELECT balance FROM user");
      mine.execute("UPDATE user SET balance = ?", {read + 1});
      return 0;
    });
    return balance() < 12;
  }));
}

BOOST_AUTO_TEST_CASE(charges_racing_to_the_limit_stop_at_it) {
  settings.balance_limit = 1000;
  const auto results = race(settings, 30, [&](Services& mine, int) {
    return status_of([&] { mine.charge(claims, 100); });
  });
  BOOST_TEST(count_of(results, 0) == 10);
  BOOST_TEST(count_of(results, 409) == 20);
  BOOST_TEST(balance() == 1000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_50_parallel_requests_with_one_key_one_is_applied_and_all_get_its_answer) {
  const auto charges = race(settings, 50, [&](Services& mine, int) {
    return static_cast<int>(mine.charge(claims, 100, kChargeKey));
  });
  BOOST_TEST(count_of(charges, 100) == 50);
  BOOST_TEST(balance() == 100);
  const auto holds = race(settings, 50, [&](Services& mine, int) {
    return static_cast<int>(mine.hold(claims, date, {1, 2, 3}, kHoldKey).value);
  });
  BOOST_TEST(std::set<int>(holds.begin(), holds.end()).size() == 1U);
  BOOST_TEST(holds.front() > 0);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_parallel_requests_with_one_key_and_two_bodies_one_body_is_applied) {
  const auto results = race(settings, 20, [&](Services& mine, int i) {
    const auto key = key_of(IdempotentRoute::charge, "key", i % 2 == 0 ? "one" : "other");
    return status_of([&] { mine.charge(claims, 100, key); });
  });
  BOOST_TEST(count_of(results, 0) == 10);
  BOOST_TEST(count_of(results, 422) == 10);
  BOOST_TEST(balance() == 100);
}

BOOST_AUTO_TEST_CASE(without_the_lock_on_the_token_one_key_is_applied_several_times) {
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE user SET balance = 0");
    services->execute("DELETE FROM idempotency_key");
    race(settings, 12, [&](Services& mine, int) {
      Stores& backend = mine.stores;
      return status_of([&] {
        run_transaction(backend.db, [&] {
          if (backend.idempotency.find(user(1), kChargeKey)) return;
          mine.execute("UPDATE user SET balance = balance + 100");
          backend.idempotency.store(user(1), kChargeKey, {kChargeKey.fingerprint, 200, "{}"});
        });
      });
    });
    return balance() > 100;
  }));
}

BOOST_AUTO_TEST_CASE(of_20_parallel_payments_of_one_hold_one_draws_and_all_get_its_answer) {
  services->charge(claims, 50'000);
  const ReservationId held = services->hold(claims, date, {1, 2});
  const auto results = race(settings, 20, [&](Services& mine, int) {
    return static_cast<int>(mine.app.payments.pay(claims, payment_of(held)).balance_after);
  });
  BOOST_TEST(count_of(results, 48'000) == 20);
  BOOST_TEST(balance() == 48'000);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM payment") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(parallel_payments_of_two_holds_with_one_token_pay_one_of_them) {
  services->charge(claims, 50'000);
  const std::vector<ReservationId> held{services->hold(claims, date, {1}),
                                        services->hold(claims, date, {2})};
  const auto results = race(settings, 10, [&](Services& mine, int i) {
    return status_of(
        [&] { mine.app.payments.pay(claims, payment_of(held[static_cast<std::size_t>(i) % 2])); });
  });
  BOOST_TEST(count_of(results, 0) == 5);
  BOOST_TEST(count_of(results, 401) == 5);
  BOOST_TEST(balance() == 49'000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_look_before_plain_updates_one_hold_is_drawn_several_times) {
  services->charge(claims, 50'000);
  services->hold(claims, date, {1, 2});
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE user SET balance = 50000");
    services->execute("UPDATE reservation SET state = 'HELD', ended_at = NULL");
    race(settings, 12, [&](Services& mine, int) {
      return status_of([&] {
        run_transaction(mine.app.backend.db, [&] {
          if (mine.text("SELECT state FROM reservation") != "HELD") return;
          mine.execute("UPDATE user SET balance = balance - 2000");
          mine.execute("UPDATE reservation SET state = 'PAID', ended_at = NOW(3)");
        });
      });
    });
    return balance() < 48'000;
  }));
}

BOOST_AUTO_TEST_CASE(payments_racing_charges_and_releases_of_the_same_user_keep_the_books) {
  services->charge(claims, 1000);
  for (int round = 0; round < 10; ++round) {
    claims = services->enter(user(1));
    const ReservationId held = services->hold(claims, date, {round + 1});
    const auto results = race(settings, 6, [&](Services& mine, int i) {
      const int status = status_of([&] {
        if (i < 2) mine.app.payments.pay(claims, payment_of(held));
        if (i >= 2 && i < 4) mine.charge(claims, 500);
        if (i == 4) mine.app.reservations.release(claims, held);
        if (i == 5) mine.app.leave_queue.run(claims);
      });
      return status >= 500 ? status : 0;
    });
    BOOST_TEST(count_of(results, 0) == 6);
    BOOST_TEST(services->breaches() == "");
    services->execute("DELETE FROM idempotency_key");
    settings.seat_limit = 50;
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
