#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OnePayer {
  Stack& stack = shared_stack();
  TestUser user{stack};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(money_test, OnePayer)

BOOST_AUTO_TEST_CASE(a_new_user_has_nothing) {
  const auto answer = user.get("/client/" + user.id() + "/balance");
  BOOST_TEST(answer.outcome() == "200");
  BOOST_TEST(answer.json()["userId"].asString() == user.id());
  BOOST_TEST(answer.json()["balance"].isInt64());
  BOOST_TEST(user.balance() == 0);
  BOOST_TEST(compact(user.get("/client/" + user.id() + "/ledger").json()) ==
             R"({"entries":[],"next":null})");
}

BOOST_AUTO_TEST_CASE(charges_add_up) {
  const auto first = user.charge(10000);
  BOOST_TEST(first.outcome() == "200");
  BOOST_TEST(first.json()["userId"].asString() == user.id());
  BOOST_TEST(first.json()["balance"].asInt64() == 10000);
  const auto second = user.charge(1);
  BOOST_TEST(second.json()["balance"].asInt64() == 10001);
  BOOST_TEST(second.json()["entryId"].asInt64() > first.json()["entryId"].asInt64());
  BOOST_TEST(user.balance() == 10001);
}

BOOST_AUTO_TEST_CASE(an_invalid_amount_is_refused) {
  for (const std::string& amount : Texts{"0",
                                         "-1",
                                         "-9007199254740991",
                                         "9007199254740992",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "18446744073709551616",
                                         "1.0",
                                         "0.5",
                                         "1e3",
                                         "1E3",
                                         "1e-3",
                                         "\"1\"",
                                         "\"\"",
                                         "true",
                                         "false",
                                         "null",
                                         "[]",
                                         "[1]",
                                         "{}",
                                         "-0"}) {
    const auto refused = user.patch_charge(R"({"amount": )" + amount + "}");
    BOOST_TEST(refused.outcome() == "422 AMOUNT_INVALID", amount);
    BOOST_TEST(refused.json()["field"].asString() == "amount");
  }
  BOOST_TEST(user.patch_charge("{}").outcome() == "422 AMOUNT_INVALID");
  BOOST_TEST(user.patch_charge(R"({"Amount": 1})").outcome() == "422 AMOUNT_INVALID");
  for (const std::string& amount : Texts{"NaN", "Infinity", "+1", "01", "0x1", "1_000", "1,000",
                                         ".5", "5.", "1e", "--1", "", "'1'"}) {
    const auto refused = user.patch_charge(R"({"amount": )" + amount + "}");
    BOOST_TEST(refused.outcome() == "400 MALFORMED_JSON", amount);
  }
  BOOST_TEST(user.balance() == 0);
}

BOOST_AUTO_TEST_CASE(a_balance_has_a_ceiling) {
  BOOST_TEST(user.charge(1000000001).outcome() == "409 BALANCE_LIMIT");
  BOOST_TEST(user.charge(9007199254740991).outcome() == "409 BALANCE_LIMIT");
  BOOST_TEST(user.charge(999999999).outcome() == "200");
  BOOST_TEST(user.charge(2).outcome() == "409 BALANCE_LIMIT");
  BOOST_TEST(user.charge(1).json()["balance"].asInt64() == 1000000000);
  BOOST_TEST(user.charge(1).outcome() == "409 BALANCE_LIMIT");
  BOOST_TEST(user.balance() == 1000000000);
}

BOOST_AUTO_TEST_CASE(the_ceiling_can_be_all_that_points_can_be) {
  const Stack rich{{"balance_limit", "9007199254740991"}};
  TestUser millionaire(rich);
  BOOST_TEST(millionaire.charge(9007199254740991).outcome() == "200");
  BOOST_TEST(millionaire.balance() == 9007199254740991);
  BOOST_TEST(millionaire.charge(1).outcome() == "409 BALANCE_LIMIT");
  BOOST_TEST(rich.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(the_ledger_tells_each_change_the_newest_first) {
  const auto date = stack.add_date(stack.add_concert(), 5, 300);
  user.charge(1000);
  user.charge(500);
  BOOST_TEST(user.pay(user.hold(date, {1, 2})).outcome() == "200");
  user.rejoin();
  const Json::Value page = user.get("/client/" + user.id() + "/ledger").json();
  BOOST_TEST(page["next"].isNull());
  const Json::Value& entries = page["entries"];
  BOOST_REQUIRE(entries.size() == 3U);
  BOOST_TEST(entries[0]["kind"].asString() == "PAYMENT");
  BOOST_TEST(entries[0]["amount"].asInt64() == -600);
  BOOST_TEST(entries[0]["balanceAfter"].asInt64() == 900);
  BOOST_TEST(entries[1]["kind"].asString() == "CHARGE");
  BOOST_TEST(entries[1]["amount"].asInt64() == 500);
  BOOST_TEST(entries[2]["balanceAfter"].asInt64() == 1000);
  std::int64_t sum = 0;
  for (const Json::Value& entry : entries) {
    sum += entry["amount"].asInt64();
    BOOST_TEST(entry["at"].asString() < time_from_now(2));
    BOOST_TEST(entry["at"].asString() > time_from_now(-60));
  }
  BOOST_TEST(sum == user.balance());
}

BOOST_AUTO_TEST_CASE(the_ledger_comes_in_pages) {
  for (int i = 1; i <= 45; ++i) user.charge(i);
  const std::string path = "/client/" + user.id() + "/ledger";
  int expected = 45;
  std::string query;
  for (const unsigned size : {20U, 20U, 5U}) {
    const Json::Value page = user.get(path + query).json();
    BOOST_TEST(page["entries"].size() == size);
    for (const Json::Value& entry : page["entries"]) {
      BOOST_TEST(entry["amount"].asInt() == expected--);
      BOOST_TEST((page["next"].isNull() || page["next"] <= entry["entryId"]));
    }
    BOOST_TEST(page["next"].isNull() == (size == 5U));
    query = "?after=" + page["next"].asString();
  }
  BOOST_TEST(user.get(path + "?limit=100").json()["entries"].size() == 45U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
