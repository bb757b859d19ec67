#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "domain/admin_action.h"
#include "service/points/refunds.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kRefund{"alice@web1", "payment refund", "the concert was moved"};

// One user who has paid for two seats out of 5000 points.
struct OnePayment : OneDateOfFiftySeats {
  OnePayment() : payer(services->enter_with(user(1), 5000)) {
    paid = services->hold(payer, date, {1, 2});
    app().payments.pay(payer, payment_of(paid));
  }
  Refund refund() { return refund_payment(backend().db, payment_of(paid), kRefund); }
  // The reason why the refund is refused; empty if it is not.
  std::string refusal(PaymentId id) {
    return change_refused([&] { refund_payment(backend().db, id, kRefund); });
  }
  std::int64_t balance() { return services->number("SELECT SUM(balance) FROM user"); }

  TokenClaims payer;
  ReservationId paid;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refund_payment_test, OnePayment)

BOOST_AUTO_TEST_CASE(a_refund_returns_points_frees_seats_and_records_who_and_why) {
  const auto result = refund();
  BOOST_TEST(result.entry.amount == 2000);
  BOOST_TEST(result.entry.balance_after == 5000);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state <> 'AVAILABLE'") == 0);
  const auto entries = app().balances.ledger(payer, std::nullopt, 1);
  BOOST_CHECK(entries.at(0).kind == EntryKind::refund);
  BOOST_CHECK(app().reservations.show(payer, paid).state == ReservationState::refunded);
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

BOOST_AUTO_TEST_CASE(a_second_refund_says_when_the_first_was_and_gives_nothing) {
  refund();
  const std::string at =
      services->text("SELECT DATE_FORMAT(ended_at, '%Y-%m-%d') FROM reservation");
  BOOST_TEST(refusal(payment_of(paid)).find("was refunded at " + at) != std::string::npos);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reservation_that_was_never_paid_is_not_refunded) {
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

BOOST_AUTO_TEST_CASE(a_refund_may_pass_the_limit_of_charges_but_not_the_range_of_points) {
  settings.balance_limit = 3000;
  BOOST_TEST(refund().entry.balance_after == 5000);
  const TokenClaims back = services->enter(user(1));
  BOOST_TEST(refused([&] { services->charge(back, 1); }) == "BALANCE_LIMIT");
  paid = services->hold(back, date, {5});
  app().payments.pay(back, payment_of(paid));
  services->execute("UPDATE user SET balance = ?", {kMaxPoints});
  BOOST_TEST(refusal(payment_of(paid)).find("would pass") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_payment_repeated_after_its_refund_is_answered_as_before) {
  const Payment first = app().payments.pay(payer, payment_of(paid));
  refund();
  BOOST_TEST(app().payments.pay(payer, payment_of(paid)).balance_after == first.balance_after);
  const TokenClaims again = services->enter(user(1));
  BOOST_TEST(app().payments.pay(again, payment_of(paid)).balance_after == first.balance_after);
  BOOST_TEST(balance() == 5000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_ten_refunds_at_once_one_gives_back) {
  const auto results = race(settings, 10, [&](Services& mine, int) {
    try {
      refund_payment(mine.app.backend.db, payment_of(paid), kRefund);
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

BOOST_AUTO_TEST_CASE(refunds_beside_the_payers_charges_and_holds_keep_the_books_right) {
  const TokenClaims back = services->enter(user(1));
  const auto results = race(settings, 8, [&](Services& mine, int i) {
    const int status = status_of([&] {
      if (i == 0) refund_payment(mine.app.backend.db, payment_of(paid), kRefund);
      if (i > 0 && i < 5) mine.charge(back, 100);
      if (i == 5) mine.hold(back, date, {1, 2});
      if (i > 5) mine.app.payments.pay(payer, payment_of(paid));
    });
    return status >= 500 ? status : 0;
  });
  BOOST_TEST(count_of(results, 0) == 8);
  BOOST_TEST(balance() == 5400);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
