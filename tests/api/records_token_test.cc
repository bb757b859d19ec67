#include <boost/test/unit_test.hpp>

#include "support/jwt.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// A buyer who has paid, with a token for records.
struct AtTheDoor {
  Stack stack{{"active_limit", "1"}};
  HttpClient client = stack.client();
  std::int64_t date = stack.add_date(stack.add_concert(), 5, 100);
  TestUser buyer{stack};

  HttpResponse ask_for_token(const std::string& members) {
    HttpRequest request = token_request(buyer.id());
    request.body = R"({"userId": ")" + buyer.id() + "\"" + members + "}";
    return client.send(request);
  }
  HttpResponse get(const std::string& path, const std::string& token) {
    return client.send({"GET", path, {{"token", token}}, std::nullopt});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(records_token_test, AtTheDoor)

BOOST_AUTO_TEST_CASE(it_is_issued_in_any_state_of_the_queue_without_a_place) {
  stack.ctl({"queue", "pause"});
  const HttpRequest queue{"GET", "/queue", {}, std::nullopt};
  const std::string before = client.send(queue).body;
  const HttpResponse answer = ask_for_token(R"(, "recordsOnly": true)");
  BOOST_TEST(answer.status == 201);
  const Json::Value json = answer.json();
  BOOST_TEST(json["status"] == "RECORDS");
  BOOST_TEST(json["userId"] == buyer.id());
  for (const char* name : {"position", "place", "estimatedWaitSeconds", "pollAfterSeconds"}) {
    BOOST_TEST(json.isMember(name));
    BOOST_TEST(json[name].isNull(), name);
  }
  BOOST_TEST(answer.header("retry-after").empty());
  BOOST_TEST(client.send(queue).body == before);
  const Json::Value claims = claims_of_jwt(json["token"].asString());
  BOOST_TEST(!claims.isMember("queueId"));
  BOOST_TEST(claims["status"] == "RECORDS");
  BOOST_TEST(claims["seq"] == 0);
  BOOST_TEST(claims["sub"] == buyer.id());
  BOOST_TEST(claims["exp"].asInt64() - claims["iat"].asInt64() == 24 * 3600);
}

BOOST_AUTO_TEST_CASE(it_shows_the_users_records_after_the_sale) {
  buyer.charge(300);
  const HttpResponse held = buyer.hold(date, {1});
  const std::string payment = held.json()["paymentId"].asString();
  const HttpResponse paid = buyer.pay(held);
  const std::string token = records_token(client, buyer.id());
  const std::string own = "/client/" + buyer.id();
  BOOST_TEST(get(path_of(held), token).json()["status"] == "PAID");
  BOOST_TEST(get(own + "/reservations", token).json()["reservations"].size() == 1U);
  BOOST_TEST(get(own + "/ledger", token).json()["entries"].size() == 2U);
  BOOST_TEST(get(own + "/balance", token).json()["balance"] == 200);
  const HttpResponse again =
      client.send({"POST", "/payment/" + payment, {{"token", token}}, std::nullopt});
  BOOST_TEST(again.status == 200);
  BOOST_TEST(again.body == paid.body);
  BOOST_TEST(get("/concerts", token).outcome() == "403 TOKEN_RECORDS_ONLY");
}

BOOST_AUTO_TEST_CASE(it_ends_when_it_is_given_back) {
  const std::string token = records_token(client, buyer.id());
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(client.send({"DELETE", "/token", {{"token", token}}, std::nullopt}).status == 204);
  BOOST_TEST(get("/client/" + buyer.id() + "/balance", token).outcome() == "401 TOKEN_EXPIRED");
  // The state of the token is refused before what it is for.
  BOOST_TEST(get("/concerts", token).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(buyer.refresh().json()["status"] == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(it_does_not_become_a_queue_token) {
  const std::string token = records_token(client, buyer.id());
  BOOST_TEST(get("/token/refresh", token).outcome() == "403 TOKEN_RECORDS_ONLY");
}

BOOST_AUTO_TEST_CASE(only_true_and_false_are_understood) {
  for (const char* value : {"null", "1", "\"true\"", "[]"}) {
    const HttpResponse answer = ask_for_token(std::string(R"(, "recordsOnly": )") + value);
    BOOST_TEST(answer.outcome() == "422 FIELD_INVALID", value);
    BOOST_TEST(answer.json()["field"] == "recordsOnly");
  }
  BOOST_TEST(ask_for_token(R"(, "recordsOnly": false)").json()["status"] == "ACTIVE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
