#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>
#include <thread>

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

BOOST_AUTO_TEST_CASE(of_parallel_payments_of_overlapping_sets_all_holds_are_paid_once_together) {
  services->charge(claims, 50'000);
  std::vector<PaymentId> all;
  for (SeatNumber seat = 1; seat <= 3; ++seat)
    all.push_back(payment_of(services->hold(claims, date, {seat})));
  const std::vector<std::vector<PaymentId>> sets{
      all, {all[0]}, {all[1], all[2]}, all, {all[0], all[2]}};
  const auto results = race(settings, 20, [&](Services& mine, int i) {
    return status_of([&] {
      mine.app.payments.pay_all(claims, sets[static_cast<std::size_t>(i) % sets.size()]);
    });
  });
  BOOST_TEST(count_of(results, 0) + count_of(results, 409) == 20);
  BOOST_TEST(count_of(results, 0) >= 8);
  BOOST_TEST(balance() == 47'000);
  BOOST_TEST(services->number("SELECT COUNT(DISTINCT paid_at) FROM payment") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_a_payment_and_another_hold_beside_it_one_succeeds) {
  services->charge(claims, 50'000);
  settings.seat_limit = 50;
  for (int round = 0; round < 20; ++round) {
    claims = services->enter(user(1));
    const ReservationId held = services->hold(claims, date, {round + 1});
    const auto results = race(settings, 2, [&](Services& mine, int i) {
      return status_of([&] {
        if (i == 0) mine.app.payments.pay(claims, payment_of(held));
        if (i == 1) mine.hold(claims, date, {round + 30});
      });
    });
    const bool paid = results[0] == 0 && results[1] == 401;
    const bool held_too = results[0] == 409 && results[1] == 0;
    BOOST_TEST((paid || held_too), results[0] << " and " << results[1]);
    BOOST_TEST(services->breaches() == "");
    services->execute("UPDATE reservation SET held_until = NOW(3) WHERE state = 'HELD'");
    services->execute("UPDATE seat SET held_until = NOW(3) WHERE state = 'HELD'");
    services->maintain.run();
  }
}

BOOST_AUTO_TEST_CASE(with_a_look_before_the_lock_a_hold_is_left_behind) {
  settings.seat_limit = 50;
  BOOST_TEST(happens_within(15, [&] {
    claims = services->enter(user(1));
    services->execute("UPDATE reservation SET state = 'RELEASED', ended_at = NOW(3)");
    services->execute(
        "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL");
    const ReservationId held = services->hold(claims, date, {1});
    const auto results = race(settings, 2, [&](Services& mine, int i) {
      if (i == 1) return status_of([&] { mine.hold(claims, date, {2}); });
      if (mine.number("SELECT COUNT(*) FROM reservation WHERE state = 'HELD'") != 1) return 409;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      run_transaction(mine.app.backend.db, [&] {
        mine.execute(
            "UPDATE reservation SET state = 'PAID', ended_at = NOW(3) WHERE reservation_id = ?",
            {held});
        mine.stores.tokens.end_active(claims.id, TokenState::used);
      });
      return 0;
    });
    return results[0] == 0 && results[1] == 0;
  }));
}

// Their holds alternate on two dates.
BOOST_AUTO_TEST_CASE(many_users_pay_for_several_holds_at_once) {
  constexpr int kUsers = 8;
  const DateId other_date = add_date(50);
  std::vector<TokenClaims> payers;
  std::vector<std::vector<PaymentId>> sets;
  for (int i = 0; i < kUsers; ++i) {
    payers.push_back(services->enter_with(user(10 + i), 10'000));
    sets.emplace_back();
    for (const SeatNumber seat : {i + 17, i + 1, i + 9}) {
      for (const DateId of : {other_date, date})
        sets.back().push_back(payment_of(services->hold(payers.back(), of, {seat})));
    }
  }
  const auto results = race(settings, kUsers, [&](Services& mine, int i) {
    const auto at = static_cast<std::size_t>(i);
    return status_of([&] { mine.app.payments.pay_all(payers[at], sets[at]); });
  });
  BOOST_TEST(count_of(results, 0) == kUsers);
  BOOST_TEST(services->number("SELECT SUM(balance) FROM user") == kUsers * 4000);
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
