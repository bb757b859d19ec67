#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneDateToPay {
  Stack& stack = shared_stack();
  TestUser user{stack};
  TestUser other{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 10, 300);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(payment_test, OneDateToPay)

BOOST_AUTO_TEST_CASE(a_payment_draws_the_balance_sells_the_seats_and_uses_the_token_up) {
  user.charge(1000);
  const auto held = user.hold(date, {1, 2});
  const auto paid = user.pay(held);
  BOOST_TEST(paid.outcome() == "200");
  const Json::Value answer = paid.json();
  BOOST_TEST(answer["paymentId"] == held.json()["paymentId"]);
  BOOST_TEST(answer["reservationId"] == held.json()["reservationId"]);
  BOOST_TEST(answer["status"].asString() == "PAID");
  BOOST_TEST(answer["amount"].asInt64() == 600);
  BOOST_TEST(answer["balance"].asInt64() == 400);
  BOOST_TEST(compact(answer["seatNumbers"]) == "[1,2]");
  BOOST_TEST(answer["paidAt"].asString() > time_from_now(-60));
  BOOST_TEST(user.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.charge(1).outcome() == "401 TOKEN_EXPIRED");
  const auto seats = other.get(fmt::format("/concerts/{}/dates/{}/seats", concert, date)).json();
  BOOST_TEST(seats["seats"][0]["status"].asString() == "SOLD");
  BOOST_TEST(seats["seats"][1]["status"].asString() == "SOLD");
  BOOST_TEST(user.rejoin().outcome() == "201");
  BOOST_TEST(user.balance() == 400);
}

BOOST_AUTO_TEST_CASE(a_user_who_paid_sees_the_ticket_with_the_used_up_token) {
  user.charge(1000);
  const auto held = user.hold(date, {5});
  user.pay(held);
  const auto ticket = user.get(path_of(held));
  BOOST_TEST(ticket.outcome() == "200");
  BOOST_TEST(ticket.json()["status"].asString() == "PAID");
  const auto history = user.get("/client/" + user.id() + "/reservations");
  BOOST_TEST(history.outcome() == "200");
  BOOST_TEST(history.json()["reservations"][0] == ticket.json());
  const auto ledger = user.get("/client/" + user.id() + "/ledger");
  BOOST_TEST(ledger.outcome() == "200");
  BOOST_TEST(ledger.json()["entries"][0]["amount"].asInt64() == -300);
  BOOST_TEST(user.balance() == 700);
}

BOOST_AUTO_TEST_CASE(a_payment_repeated_by_its_payer_answers_the_same_and_draws_nothing) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  const auto paid = user.pay(held);
  for (int i = 0; i < 3; ++i) {
    const auto again = user.pay(held);
    BOOST_TEST(again.outcome() == "200");
    BOOST_TEST(again.body == paid.body);
  }
  user.rejoin();
  user.charge(1);
  BOOST_TEST(user.pay(held).body == paid.body);
  BOOST_TEST(user.balance() == 701);
  // Repeating it did not use up the new token.
  BOOST_TEST(user.get("/concerts").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(one_hold_is_not_paid_while_its_user_has_another) {
  user.charge(1000);
  const auto first = user.hold(date, {1});
  const auto second = user.hold(stack.add_date(concert, 2, 50), {2});
  const std::string both = fmt::format("[{},{}]", first.json()["paymentId"].asInt64(),
                                       second.json()["paymentId"].asInt64());
  for (const HttpResponse& held : {first, second}) {
    const auto refused = user.pay(held);
    BOOST_TEST(refused.outcome() == "409 OTHER_HOLDS");
    BOOST_TEST(compact(refused.json()["paymentIds"]) == both);
  }
  user.del(path_of(second));
  BOOST_TEST(user.pay(first).outcome() == "200");
  BOOST_TEST(user.pay(second).outcome() == "401 TOKEN_EXPIRED");
  user.rejoin();
  BOOST_TEST(user.pay(second).outcome() == "410 HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_balance_too_low_keeps_the_hold) {
  const auto held = user.hold(date, {1, 2});
  BOOST_TEST(user.pay(held).outcome() == "402 INSUFFICIENT_BALANCE");
  user.charge(599);
  BOOST_TEST(user.pay(held).outcome() == "402 INSUFFICIENT_BALANCE");
  BOOST_TEST(user.balance() == 599);
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "HELD");
  user.charge(1);
  const auto paid = user.pay(held);
  BOOST_TEST(paid.outcome() == "200");
  BOOST_TEST(paid.json()["balance"].asInt64() == 0);
}

BOOST_AUTO_TEST_CASE(another_users_payment_is_not_found) {
  other.charge(1000);
  user.charge(1000);
  const auto held = user.hold(date, {1});
  BOOST_TEST(other.pay(held).outcome() == "404 PAYMENT_NOT_FOUND");
  BOOST_TEST(user.pay(held).outcome() == "200");
  BOOST_TEST(other.pay(held).outcome() == "404 PAYMENT_NOT_FOUND");
  BOOST_TEST(other.post("/payment/999999999").outcome() == "404 PAYMENT_NOT_FOUND");
  BOOST_TEST(other.balance() == 1000);
}

BOOST_AUTO_TEST_CASE(a_released_hold_cannot_be_paid) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  user.del(path_of(held));
  BOOST_TEST(user.pay(held).outcome() == "410 HOLD_EXPIRED");
  other.hold(date, {1});
  BOOST_TEST(user.pay(held).outcome() == "410 HOLD_EXPIRED");
  BOOST_TEST(user.balance() == 1000);
}

BOOST_AUTO_TEST_CASE(the_amount_is_the_total_of_the_reservation) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  const auto paid = user.post("/payment/" + held.json()["paymentId"].asString(),
                              R"({"amount": 1, "totalPrice": 1})");
  BOOST_TEST(paid.outcome() == "200");
  BOOST_TEST(paid.json()["amount"].asInt64() == 300);
}

BOOST_AUTO_TEST_CASE(a_seat_for_nothing_can_be_paid_with_nothing) {
  const auto held = user.hold(stack.add_date(concert, 2, 0), {1, 2});
  BOOST_TEST(held.json()["totalPrice"].asInt64() == 0);
  const auto paid = user.pay(held);
  BOOST_TEST(paid.outcome() == "200");
  BOOST_TEST(paid.json()["amount"].asInt64() == 0);
  BOOST_TEST(user.pay(held).body == paid.body);
  const Json::Value entries = user.get("/client/" + user.id() + "/ledger").json()["entries"];
  BOOST_TEST(entries.size() == 1U);
  BOOST_TEST(entries[0]["kind"].asString() == "PAYMENT");
  BOOST_TEST(entries[0]["amount"].asInt64() == 0);
}

// As in the moment between the cancellation and the release of the hold.
BOOST_AUTO_TEST_CASE(a_live_hold_of_a_cancelled_date_is_not_paid) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  stack.database().execute(
      "UPDATE concert_date SET stopped_at = NOW(3), cancelled_at = NOW(3) WHERE concert_date_id = "
      "?",
      {date});
  BOOST_TEST(user.pay(held).outcome() == "409 DATE_CANCELLED");
  BOOST_TEST(user.balance() == 1000);
}

BOOST_AUTO_TEST_CASE(a_paid_reservation_of_a_cancelled_date_is_refunded_and_its_payment_repeated) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  const auto paid = user.pay(held);
  BOOST_TEST(paid.outcome() == "200");
  stack.ctl({"date", "cancel", "--date", std::to_string(date), "--why", "a flood"});
  BOOST_TEST(user.pay(held).body == paid.body);
  BOOST_TEST(user.balance() == 1000);
  BOOST_TEST(user.get("/reservation/" + held.json()["reservationId"].asString())
                 .json()["status"]
                 .asString() == "REFUNDED");
}

BOOST_AUTO_TEST_CASE(a_reservation_tells_what_of_it_was_refunded) {
  user.charge(1000);
  const auto held = user.hold(date, {1, 2});
  BOOST_TEST(held.json()["refundedAmount"].asInt64() == 0);
  BOOST_TEST(user.pay(held).outcome() == "200");
  const std::string id = held.json()["reservationId"].asString();
  const auto refund = [&](const char* seats) {
    stack.ctl({"reservation", "refund", "--reservation", id, "--seats", seats, "--why", "ill"});
    return user.get("/reservation/" + id).json();
  };
  const auto partly = refund("2");
  BOOST_TEST(partly["status"].asString() == "PAID");
  BOOST_TEST(partly["totalPrice"].asInt64() == 600);
  BOOST_TEST(partly["refundedAmount"].asInt64() == 300);
  BOOST_TEST(partly["seats"][0]["refunded"] == false);
  BOOST_TEST(partly["seats"][1]["refunded"] == true);
  const auto wholly = refund("1");
  BOOST_TEST(wholly["status"].asString() == "REFUNDED");
  BOOST_TEST(wholly["totalPrice"].asInt64() == 600);
  BOOST_TEST(wholly["refundedAmount"].asInt64() == 600);
  BOOST_TEST(wholly["seats"][0]["refunded"] == true);
}

BOOST_AUTO_TEST_CASE(a_live_hold_can_be_paid_though_its_date_has_begun) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  BOOST_REQUIRE(held.outcome() == "201");
  stack.begin_in(date, 0);
  BOOST_TEST(other.hold(date, {2}).outcome() == "409 DATE_CLOSED");
  BOOST_TEST(user.pay(held).outcome() == "200");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
