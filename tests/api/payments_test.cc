#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

// A user with holds of 600 and 300 points.
struct TwoHolds {
  Stack& stack = shared_stack();
  TestUser user{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 10, 300);
  HttpResponse first = user.hold(date, {1, 2});
  HttpResponse second = user.hold(date, {5});

  static std::string id(const HttpResponse& held) { return held.json()["paymentId"].asString(); }
  // `ids` is the JSON text of the list.
  HttpResponse pay(const std::string& ids) {
    return user.post("/payments", R"({"paymentIds": )" + ids + "}");
  }
  HttpResponse pay_both() { return pay("[" + id(second) + ", " + id(first) + "]"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(payments_test, TwoHolds)

BOOST_AUTO_TEST_CASE(all_holds_are_paid_at_once) {
  user.charge(1000);
  const auto paid = pay_both();
  BOOST_TEST(paid.outcome() == "200");
  BOOST_TEST(paid.header("idempotent-replayed") == "");
  const Json::Value answer = paid.json();
  BOOST_TEST(answer["amount"].asInt64() == 900);
  BOOST_TEST(answer["balance"].asInt64() == 100);
  BOOST_TEST(answer["paidAt"].asString() > time_from_now(-60));
  BOOST_REQUIRE(answer["payments"].size() == 2U);
  const Json::Value one = answer["payments"][0];
  BOOST_TEST(one["paymentId"] == first.json()["paymentId"]);
  BOOST_TEST(one["reservationId"] == first.json()["reservationId"]);
  BOOST_TEST(one["status"].asString() == "PAID");
  BOOST_TEST(one["amount"].asInt64() == 600);
  BOOST_TEST(one["balance"].asInt64() == 400);
  BOOST_TEST(compact(one["seatNumbers"]) == "[1,2]");
  BOOST_TEST(one["paidAt"] == answer["paidAt"]);
  BOOST_TEST(answer["payments"][1]["paymentId"] == second.json()["paymentId"]);
  BOOST_TEST(answer["payments"][1]["balance"].asInt64() == 100);
  BOOST_TEST(user.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  const Json::Value entries = user.get("/client/" + user.id() + "/ledger").json()["entries"];
  BOOST_TEST(entries.size() == 3U);
  BOOST_TEST(entries[0]["amount"].asInt64() == -300);
  BOOST_TEST(entries[1]["amount"].asInt64() == -600);
}

BOOST_AUTO_TEST_CASE(the_same_set_and_each_part_gets_the_first_answer_again) {
  user.charge(1000);
  const auto paid = pay_both();
  for (int i = 0; i < 2; ++i) {
    const auto again = pay_both();
    BOOST_TEST(again.outcome() == "200");
    BOOST_TEST(again.body == paid.body);
    BOOST_TEST(again.header("idempotent-replayed") == "true");
    const auto part = pay("[" + id(first) + "]").json();
    BOOST_TEST(part["payments"].size() == 1U);
    BOOST_TEST(part["payments"][0] == paid.json()["payments"][0]);
    BOOST_TEST(part["amount"].asInt64() == 600);
    BOOST_TEST(part["balance"].asInt64() == 400);
    BOOST_TEST(user.pay(second).json() == paid.json()["payments"][1]);
    user.rejoin();
  }
  BOOST_TEST(user.balance() == 100);
  BOOST_TEST(user.get("/concerts").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(a_set_that_is_not_all_holds_is_refused_by_their_names) {
  user.charge(1000);
  const auto refused = pay("[" + id(first) + "]");
  BOOST_TEST(refused.outcome() == "409 OTHER_HOLDS");
  BOOST_TEST(compact(refused.json()["paymentIds"]) ==
             fmt::format("[{},{}]", id(first), id(second)));
  BOOST_TEST(pay(compact(refused.json()["paymentIds"])).outcome() == "200");
}

BOOST_AUTO_TEST_CASE(one_that_is_over_unknown_or_too_dear_refuses_all) {
  BOOST_TEST(pay_both().outcome() == "402 INSUFFICIENT_BALANCE");
  user.charge(899);
  BOOST_TEST(pay_both().outcome() == "402 INSUFFICIENT_BALANCE");
  BOOST_TEST(pay("[" + id(first) + ", 999999999]").outcome() == "404 PAYMENT_NOT_FOUND");
  TestUser other(stack);
  BOOST_TEST(other.post("/payments", R"({"paymentIds": [)" + id(first) + "]}").outcome() ==
             "404 PAYMENT_NOT_FOUND");
  user.del(path_of(second));
  BOOST_TEST(pay_both().outcome() == "410 HOLD_EXPIRED");
  BOOST_TEST(user.balance() == 899);
  BOOST_TEST(user.get(path_of(first)).json()["status"].asString() == "HELD");
  BOOST_TEST(pay("[" + id(first) + "]").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(a_hold_of_a_cancelled_date_refuses_all) {
  user.charge(1000);
  stack.database().execute(
      "UPDATE concert_date SET stopped_at = NOW(3), cancelled_at = NOW(3) WHERE concert_date_id = "
      "?",
      {date});
  BOOST_TEST(pay_both().outcome() == "409 DATE_CANCELLED");
  BOOST_TEST(user.balance() == 1000);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_list_of_payments_is_refused) {
  std::string many = "[1";
  for (int i = 2; i <= 51; ++i) many += "," + std::to_string(i);
  for (const std::string& ids : Texts{"[]", "null", "1", "\"1\"", "{\"1\": 1}", "[\"1\"]", "[1.0]",
                                      "[1e0]", "[true]", "[null]", "[[1]]", "[0]", "[-1]", "[1, 1]",
                                      "[9007199254740992]", "[99999999999999999999]", many + "]"}) {
    const auto refused = pay(ids);
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", ids);
    BOOST_TEST(refused.json()["field"].asString() == "paymentIds");
  }
  BOOST_TEST(user.post("/payments", "{}").outcome() == "422 FIELD_INVALID");
  BOOST_TEST(user.post("/payments", "nonsense").outcome() == "400 MALFORMED_JSON");
  BOOST_TEST(pay("[9007199254740991]").outcome() == "404 PAYMENT_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_token_for_records_repeats_the_answer_and_pays_nothing) {
  HttpClient client = stack.client();
  const std::string token = records_token(client, user.id());
  const auto by_records = [&] {
    HttpRequest request{"POST",
                        "/payments",
                        {{"token", token}},
                        fmt::format(R"({{"paymentIds": [{}, {}]}})", id(first), id(second))};
    request.headers.emplace("Content-Type", "application/json");
    return client.send(request);
  };
  user.charge(1000);
  BOOST_TEST(by_records().outcome() == "403 TOKEN_RECORDS_ONLY");
  const auto paid = pay_both();
  BOOST_TEST(by_records().body == paid.body);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
