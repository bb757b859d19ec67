#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <future>

#include "support/raw_connection.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneDateAndKeys {
  Stack& stack = shared_stack();
  TestUser user{stack};
  std::int64_t date = stack.add_date(stack.add_concert(), 50, 100);

  static Headers key(const std::string& text) { return {{"Idempotency-Key", text}}; }
  std::string body_of_hold(int seat) const {
    return fmt::format(R"({{"concertDateId": {}, "seatNumber": {}}})", date, seat);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idempotency_test, OneDateAndKeys)

BOOST_AUTO_TEST_CASE(a_charge_is_applied_once_and_answered_the_same) {
  const auto first = user.charge(100, key("k"));
  BOOST_TEST(first.outcome() == "200");
  user.charge(7);
  for (int i = 0; i < 3; ++i) {
    const auto again = user.charge(100, key("k"));
    BOOST_TEST(again.outcome() == "200");
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("x-request-id") != first.header("x-request-id"));
  }
  BOOST_TEST(user.balance() == 107);
  BOOST_TEST(user.charge(100, key("another")).json()["balance"].asInt64() == 207);
}

BOOST_AUTO_TEST_CASE(a_hold_is_made_once_and_answered_the_same) {
  const auto first = user.post("/reservation", body_of_hold(1), key("k"));
  BOOST_TEST(first.outcome() == "201");
  const auto again = user.post("/reservation", body_of_hold(1), key("k"));
  BOOST_TEST(again.outcome() == "201");
  BOOST_TEST(again.body == first.body);
  // Unchanged, whatever has happened to the seat.
  user.del("/reservation/" + first.json()["reservationId"].asString());
  TestUser other(stack);
  BOOST_TEST(other.post("/reservation", body_of_hold(1)).outcome() == "201");
  BOOST_TEST(user.post("/reservation", body_of_hold(1), key("k")).body == first.body);
}

BOOST_AUTO_TEST_CASE(another_body_under_the_same_key_is_refused) {
  const auto first = user.charge(100, key("k"));
  for (const std::string& body : Texts{R"({"amount": 101})", R"({"amount":100})",
                                       R"({"amount": 100} )", R"({"amount": 100, "x": 1})"}) {
    BOOST_TEST(user.patch_charge(body, key("k")).outcome() == "422 IDEMPOTENCY_KEY_REUSED", body);
  }
  BOOST_TEST(user.balance() == 100);
  BOOST_TEST(user.charge(100, key("k")).body == first.body);
  user.post("/reservation", body_of_hold(1), key("r"));
  BOOST_TEST(user.post("/reservation", body_of_hold(2), key("r")).outcome() ==
             "422 IDEMPOTENCY_KEY_REUSED");
  // Before what the other body asks for is looked at.
  BOOST_TEST(user.hold(999999999, {1}, key("r")).outcome() == "422 IDEMPOTENCY_KEY_REUSED");
  BOOST_TEST(user.charge(9007199254740991, key("k")).outcome() == "422 IDEMPOTENCY_KEY_REUSED");
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_its_user_and_route) {
  TestUser other(stack);
  BOOST_TEST(user.charge(100, key("k")).outcome() == "200");
  BOOST_TEST(other.charge(5, key("k")).outcome() == "200");
  BOOST_TEST(other.balance() == 5);
  const auto held = user.post("/reservation", body_of_hold(1), key("k"));
  BOOST_TEST(held.outcome() == "201");
  BOOST_TEST(other.post("/reservation", body_of_hold(2), key("k")).outcome() == "201");
  // A new token of the same user finds the same answers.
  user.leave();
  user.rejoin();
  BOOST_TEST(user.post("/reservation", body_of_hold(1), key("k")).body == held.body);
  BOOST_TEST(user.charge(100, key("k")).outcome() == "200");
  BOOST_TEST(user.balance() == 100);
}

BOOST_AUTO_TEST_CASE(keys_that_differ_in_the_last_character_are_two_keys) {
  std::int64_t expected = 0;
  for (const std::string& text :
       Texts{"k", "K", "k ~", "!", "\"", std::string(255, 'x'), std::string(254, 'x') + "y", "0",
             "00", "a,b", "%41", "\\"}) {
    BOOST_TEST(user.charge(1, key(text)).json()["balance"].asInt64() == ++expected, text);
  }
}

BOOST_AUTO_TEST_CASE(a_key_of_another_form_is_refused) {
  for (const std::string& text : Texts{"", std::string(256, 'x'), "\xC3\xA9", "a\tb", "a\x7F"}) {
    BOOST_TEST(user.charge(1, key(text)).outcome() == "400 IDEMPOTENCY_KEY_INVALID", text);
    BOOST_TEST(user.post("/reservation", body_of_hold(1), key(text)).outcome() ==
               "400 IDEMPOTENCY_KEY_INVALID");
  }
  BOOST_TEST(user.balance() == 0);
}

BOOST_AUTO_TEST_CASE(two_keys_are_refused) {
  const std::string path = "/user/" + user.id() + "/charge";
  for (const std::string& second : Texts{"k1", "k2", ""}) {
    const auto refused = send_raw(
        stack.port(),
        "PATCH " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\ntoken: " + user.token() +
            "\r\nIdempotency-Key: k1\r\nIdempotency-Key: " + second +
            "\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"amount\": 1}",
        {"PATCH", path});
    BOOST_TEST(refused.outcome() == "400 IDEMPOTENCY_KEY_INVALID", second);
  }
  BOOST_TEST(user.charge(1, key("k1, k2")).outcome() == "200");
  BOOST_TEST(user.balance() == 1);
}

BOOST_AUTO_TEST_CASE(refusals_are_not_stored) {
  const auto dear = stack.add_date(stack.add_concert(), 1, 100);
  TestUser other(stack);
  const auto taken = other.hold(dear, {1});
  BOOST_TEST(user.hold(dear, {1}, key("r")).outcome() == "409 SEAT_UNAVAILABLE");
  other.del("/reservation/" + taken.json()["reservationId"].asString());
  BOOST_TEST(user.hold(dear, {1}, key("r")).outcome() == "201");

  BOOST_TEST(user.charge(1000000001, key("c")).outcome() == "409 BALANCE_LIMIT");
  BOOST_TEST(user.charge(1, key("c")).outcome() == "200");
}

BOOST_AUTO_TEST_CASE(the_token_is_asked_for_before_the_key) {
  user.charge(100, key("k"));
  user.leave();
  BOOST_TEST(user.charge(100, key("k")).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.charge(100, key("")).outcome() == "401 TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(fifty_requests_at_once_with_one_key_apply_it_once) {
  const std::string token = user.token();
  std::vector<std::future<HttpResponse>> answers;
  for (int i = 0; i < 50; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      return stack.client().send(
          {"PATCH",
           "/user/" + user.id() + "/charge",
           {{"token", token}, {"Idempotency-Key", "same"}, {"Content-Type", "application/json"}},
           R"({"amount": 100})"});
    }));
  }
  std::string body;
  for (auto& future : answers) {
    const HttpResponse answer = future.get();
    BOOST_TEST(answer.outcome() == "200");
    if (body.empty()) body = answer.body;
    BOOST_TEST(answer.body == body);
  }
  BOOST_TEST(user.balance() == 100);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
