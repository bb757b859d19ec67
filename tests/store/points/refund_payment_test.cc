#include "service/points/refund_payment.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "service/admin/change_refused.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kRefund{"alice@web1", "payment refund", "the concert was moved"};

// One user who has paid for two seats out of 5000 points.
struct OnePayment : OneDateOfFiftySeats {
  OnePayment() : payer(services->enter_with(user(1), 5000)) {
    paid = services->hold(payer, date, {1, 2});
    app().pay.run(payer, payment_of(paid));
  }
  RefundPayment::Result refund() { return RefundPayment(backend()).run(payment_of(paid), kRefund); }
  // What it is refused with; empty if it is not.
  std::string refusal(PaymentId id) {
    try {
      RefundPayment(backend()).run(id, kRefund);
      return "";
    } catch (const ChangeRefused& error) {
      return error.what();
    }
  }
  std::int64_t balance() { return services->number("SELECT SUM(balance) FROM user"); }

  TokenClaims payer;
  ReservationId paid;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refund_payment_test, OnePayment)

BOOST_AUTO_TEST_CASE(points_come_back_seats_are_free_and_the_record_says_who_and_why) {
  const auto result = refund();
  BOOST_TEST(result.entry.amount == 2000);
  BOOST_TEST(result.entry.balance_after == 5000);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state <> 'AVAILABLE'") == 0);
  const auto entries = app().own_records.ledger(payer, std::nullopt, 1);
  BOOST_CHECK(entries.at(0).kind == EntryKind::refund);
  BOOST_CHECK(app().own_records.reservation(payer, paid).state == ReservationState::refunded);
  const auto recorded = backend().admin_actions.newest(10);
  BOOST_REQUIRE(recorded.size() == 1U);
  BOOST_TEST(recorded[0].action.who == "alice@web1");
  BOOST_TEST(recorded[0].action.why == "the concert was moved");
  BOOST_TEST(recorded[0].subject.find("\"paymentId\":" + std::to_string(paid.value)) !=
             std::string::npos);
  BOOST_TEST(services->breaches() == "");
  services->hold(services->enter(user(2)), date, {1, 2});
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_second_time_it_says_when_and_gives_nothing) {
  refund();
  const std::string at =
      services->text("SELECT DATE_FORMAT(ended_at, '%Y-%m-%d') FROM reservation");
  BOOST_TEST(refusal(payment_of(paid)).find("was refunded at " + at) != std::string::npos);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_never_paid_is_not_refunded) {
  const ReservationId held = services->hold(services->enter(user(2)), date, {3});
  const auto never_paid = [&](const std::string& status) {
    return fmt::format("there is no payment {0}: reservation {0} was never paid, it is {1}.",
                       held.value, status);
  };
  BOOST_TEST(refusal(payment_of(held)) == never_paid("HELD"));
  services->execute("UPDATE reservation SET held_until = NOW(3) WHERE state = 'HELD'");
  BOOST_TEST(refusal(payment_of(held)) == never_paid("EXPIRED"));
  BOOST_TEST(refusal(PaymentId{999'999'999}) == "there is no payment 999999999.");
  BOOST_TEST(backend().admin_actions.newest(10).empty());
}

BOOST_AUTO_TEST_CASE(it_may_pass_the_limit_of_charges_but_not_the_range_of_points) {
  settings.balance_limit = 3000;
  BOOST_TEST(refund().entry.balance_after == 5000);
  const TokenClaims back = services->enter(user(1));
  BOOST_TEST(refused([&] { services->charge(back, 1); }) == "BALANCE_LIMIT");
  paid = services->hold(back, date, {5});
  app().pay.run(back, payment_of(paid));
  services->execute("UPDATE user SET balance = ?", {kMaxPoints});
  BOOST_TEST(refusal(payment_of(paid)).find("would pass") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_payment_that_is_repeated_after_it_is_answered_as_before) {
  const Payment first = app().pay.run(payer, payment_of(paid));
  refund();
  BOOST_TEST(app().pay.run(payer, payment_of(paid)).balance_after == first.balance_after);
  const TokenClaims again = services->enter(user(1));
  BOOST_TEST(app().pay.run(again, payment_of(paid)).balance_after == first.balance_after);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_ten_at_once_one_gives_back) {
  const auto results = race(settings, 10, [&](Services& mine, int) {
    try {
      RefundPayment(mine.app.backend).run(payment_of(paid), kRefund);
      return 1;
    } catch (const ChangeRefused&) {
      return 2;
    }
  });
  BOOST_TEST(count_of(results, 1) == 1);
  BOOST_TEST(count_of(results, 2) == 9);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_look_before_plain_updates_points_are_given_back_several_times) {
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE user SET balance = 3000");
    services->execute("UPDATE reservation SET state = 'PAID'");
    race(settings, 10, [&](Services& mine, int) {
      return status_of([&] {
        run_transaction(mine.app.backend.db, [&] {
          if (mine.text("SELECT state FROM reservation") != "PAID") return;
          mine.execute("UPDATE user SET balance = balance + 2000");
          mine.execute("UPDATE reservation SET state = 'REFUNDED'");
        });
      });
    });
    return balance() > 5000;
  }));
}

BOOST_AUTO_TEST_CASE(beside_the_payers_charges_and_holds_the_books_stay_right) {
  const TokenClaims back = services->enter(user(1));
  const auto results = race(settings, 8, [&](Services& mine, int i) {
    const int status = status_of([&] {
      if (i == 0) RefundPayment(mine.app.backend).run(payment_of(paid), kRefund);
      if (i > 0 && i < 5) mine.charge(back, 100);
      if (i == 5) mine.hold(back, date, {1, 2});
      if (i > 5) mine.app.pay.run(payer, payment_of(paid));
    });
    return status >= 500 ? status : 0;
  });
  BOOST_TEST(count_of(results, 0) == 8);
  BOOST_TEST(balance() == 5400);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
