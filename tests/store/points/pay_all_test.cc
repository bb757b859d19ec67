#include <boost/test/unit_test.hpp>

#include "service/admin/cancel_date.h"
#include "service/points/payments.h"
#include "service/points/refunds.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

// A user with holds of two dates, of 2000 and 3000 points.
struct TwoHolds : OneDateOfFiftySeats {
  TwoHolds()
      : claims(services->enter_with(user(1), 9000)),
        other_date(add_date(20)),
        first(payment_of(services->hold(claims, other_date, {3, 7}))),
        second(payment_of(services->hold(claims, date, {1, 2, 4}))) {}

  using Ids = std::vector<PaymentId>;
  std::vector<Payment> pay(const Ids& ids) { return app().payments.pay_all(claims, ids); }
  std::string refusal(const Ids& ids) {
    return refused([&] { pay(ids); });
  }
  // The payments that a refusal by OTHER_HOLDS names.
  Ids named(const Ids& ids) {
    try {
      pay(ids);
    } catch (const Refusal& refused) {
      BOOST_CHECK(refused.reason() == Reason::other_holds);
      return refused.payments();
    }
    return {};
  }
  PaymentId hold(DateId of, SeatNumber seat) {
    return payment_of(services->hold(claims, of, {seat}));
  }
  std::int64_t balance() { return services->number("SELECT balance FROM user"); }
  std::string states() {
    return services->text("SELECT GROUP_CONCAT(state ORDER BY reservation_id) FROM reservation");
  }

  TokenClaims claims;
  DateId other_date;
  PaymentId first;
  PaymentId second;
};

void check_same(const std::vector<Payment>& again, const std::vector<Payment>& first) {
  BOOST_REQUIRE(again.size() == first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    BOOST_CHECK(again[i].id == first[i].id);
    BOOST_TEST(again[i].amount == first[i].amount);
    BOOST_TEST(again[i].balance_after == first[i].balance_after);
    BOOST_CHECK(again[i].paid_at == first[i].paid_at);
    BOOST_TEST(again[i].seats == first[i].seats, boost::test_tools::per_element());
    BOOST_TEST(again[i].is_replayed);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pay_all_test, TwoHolds)

BOOST_AUTO_TEST_CASE(all_holds_are_paid_at_once_each_with_its_entry_and_the_token_is_used_up) {
  const auto paid = pay({first, second});
  BOOST_REQUIRE(paid.size() == 2U);
  BOOST_CHECK(paid[0].id == first);
  BOOST_TEST(paid[0].amount == 2000);
  BOOST_TEST(paid[0].balance_after == 7000);
  BOOST_TEST(paid[0].seats == (SeatNumbers{3, 7}), boost::test_tools::per_element());
  BOOST_CHECK(paid[1].id == second);
  BOOST_TEST(paid[1].amount == 3000);
  BOOST_TEST(paid[1].balance_after == 4000);
  BOOST_CHECK(paid[0].paid_at == paid[1].paid_at);
  BOOST_TEST(paid[1].entry.value == paid[0].entry.value + 1);
  BOOST_TEST(!paid[0].is_replayed);
  BOOST_TEST(states() == "PAID,PAID");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'SOLD'") == 5);
  BOOST_TEST(services->text("SELECT state FROM token") == "USED");
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_same_set_and_each_part_of_it_gets_the_first_answer_again) {
  const auto paid = pay({first, second});
  for (int i = 0; i < 2; ++i) {
    check_same(pay({first, second}), paid);
    check_same(pay({first}), {paid[0]});
    check_same({app().payments.pay(claims, second)}, {paid[1]});
    claims = services->enter(user(1));  // which is not used up
  }
  services->hold(claims, date, {10});
  check_same(pay({first, second}), paid);
  claims = app().token_text.read(app().records_tokens.issue(user(1)).token);
  check_same(pay({first, second}), paid);
  BOOST_TEST(balance() == 4000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(payments_that_were_made_one_after_the_other_are_answered_together) {
  app().reservations.release(claims, reservation_of(second));
  const Payment one = app().payments.pay(claims, first);
  claims = services->enter(user(1));
  const Payment two = app().payments.pay(claims, hold(date, 9));
  check_same(pay({first, two.id}), {one, two});
}

BOOST_AUTO_TEST_CASE(a_set_that_is_not_all_live_holds_is_refused_by_their_names) {
  const PaymentId third = hold(date, 9);
  const Ids live{first, second, third};
  BOOST_CHECK(named({first}) == live);
  BOOST_CHECK(named({first, third}) == live);
  BOOST_TEST(states() == "HELD,HELD,HELD");
  BOOST_TEST(pay(live).size() == 3U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(what_was_paid_before_is_not_paid_for_again_with_what_is_held) {
  pay({first, second});
  claims = services->enter(user(1));
  const PaymentId third = hold(date, 9);
  BOOST_CHECK(named({first, third}) == Ids{third});
  BOOST_TEST(balance() == 4000);
  pay({third});
  BOOST_TEST(balance() == 3000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(what_was_paid_before_does_not_stand_for_a_hold_that_was_left_out) {
  pay({first, second});
  claims = services->enter(user(1));
  const PaymentId third = hold(date, 9);
  const PaymentId fourth = hold(other_date, 9);
  BOOST_CHECK((named({first, third}) == Ids{third, fourth}));
  BOOST_TEST(balance() == 4000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_used_token_does_not_answer_a_set_of_which_a_part_was_never_paid) {
  pay({first, second});
  BOOST_TEST(refusal({first, PaymentId{second.value + 1000}}) == "TOKEN_EXPIRED");
  BOOST_TEST(refusal({first}) == "");
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_over_refuses_the_whole_set) {
  app().reservations.release(claims, reservation_of(second));
  BOOST_TEST(refusal({first, second}) == "HOLD_EXPIRED");
  services->lapse_holds();
  BOOST_TEST(refusal({first}) == "HOLD_EXPIRED");
  BOOST_TEST(balance() == 9000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_payment_refuses_the_whole_set_first_of_all) {
  const PaymentId others = payment_of(services->hold(services->enter(user(2)), date, {20}));
  services->lapse_holds();
  BOOST_TEST(refusal({first, second, others}) == "PAYMENT_NOT_FOUND");
  BOOST_TEST(refusal({first, PaymentId{999'999'999}}) == "PAYMENT_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_balance_that_covers_only_a_part_pays_nothing) {
  services->execute("UPDATE user SET balance = 4999");
  BOOST_TEST(refusal({first, second}) == "INSUFFICIENT_BALANCE");
  BOOST_TEST(states() == "HELD,HELD");
  services->execute("UPDATE user SET balance = 9000");
  pay({first, second});
}

BOOST_AUTO_TEST_CASE(a_cancelled_date_among_them_refuses_the_whole_set) {
  CancelDate cancel(backend().db, {"a", "b", "c"});
  cancel.begin(date);
  BOOST_TEST(refusal({first, second}) == "DATE_CANCELLED");
  BOOST_TEST(balance() == 9000);
  cancel.complete(date, [](std::int64_t) {});
  pay({first});
  BOOST_TEST(balance() == 7000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_paid_when_a_seat_went_to_another_meanwhile) {
  bool taken = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (taken || sql.find("SET state = 'SOLD', held_until") == std::string_view::npos) return;
    taken = true;
    Session(settings.database, nullptr)
        .execute(
            "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL WHERE "
            "seat_number = 7 AND state = 'HELD'");
  });
  BOOST_TEST(refusal({first, second}) == "HOLD_EXPIRED");
  BOOST_TEST(taken);
  BOOST_TEST(balance() == 9000);
  BOOST_TEST(states() == "HELD,HELD");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM payment") == 0);
}

BOOST_AUTO_TEST_CASE(only_an_active_token_pays) {
  app().leave_queue.run(claims);
  BOOST_TEST(refusal({first, second}) == "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  claims = services->enter(user(1));
  BOOST_TEST(refusal({first, second}) == "TOKEN_WAITING");
  claims = app().token_text.read(app().records_tokens.issue(user(1)).token);
  BOOST_TEST(refusal({first, second}) == "TOKEN_RECORDS_ONLY");
}

BOOST_AUTO_TEST_CASE(each_of_them_is_refunded_by_itself) {
  pay({first, second});
  refund_payment(backend().db, first, {"a", "b", "c"});
  BOOST_TEST(balance() == 6000);
  BOOST_TEST(states() == "REFUNDED,PAID");
  BOOST_TEST(pay({first, second}).size() == 2U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
