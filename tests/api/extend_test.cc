#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneHold {
  Stack& stack = shared_stack();
  TestUser user{stack};
  std::int64_t date = stack.add_date(stack.add_concert(), 10, 300);
  HttpResponse held = user.hold(date, {1, 2});

  HttpResponse extend() { return user.post(path_of(held) + "/extend"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(extend_test, OneHold)

BOOST_AUTO_TEST_CASE(a_hold_is_extended_and_stays_as_it_is_otherwise) {
  const auto extended = extend();
  BOOST_TEST(extended.outcome() == "200");
  Json::Value answer = extended.json();
  BOOST_TEST(answer["heldUntil"].asString() >= held.json()["heldUntil"].asString());
  BOOST_TEST(user.get(path_of(held)).json() == answer);
  answer["heldUntil"] = held.json()["heldUntil"];
  BOOST_TEST(answer == held.json());
}

BOOST_AUTO_TEST_CASE(a_hold_that_has_lasted_as_long_as_it_may_is_not_extended) {
  const Stack stack_of_short{{"hold_seconds", "300"}, {"hold_longest_seconds", "300"}};
  TestUser holder(stack_of_short);
  const auto hold = holder.hold(stack_of_short.add_date(stack_of_short.add_concert(), 2, 300), {1});
  const auto refused = holder.post(path_of(hold) + "/extend");
  BOOST_TEST(refused.outcome() == "409 EXTENSION_LIMIT");
  BOOST_TEST(refused.json()["detail"].asString() ==
             "A hold lasts at most 300 seconds. Pay for it before it ends.");
  BOOST_TEST(holder.get(path_of(hold)).body == hold.body);
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_over_or_paid_is_not_extended) {
  user.del(path_of(held));
  BOOST_TEST(extend().outcome() == "410 HOLD_EXPIRED");
  held = user.hold(date, {1});
  user.charge(300);
  user.pay(held);
  BOOST_TEST(extend().outcome() == "401 TOKEN_EXPIRED");
  user.rejoin();
  BOOST_TEST(extend().outcome() == "409 ALREADY_PAID");
}

BOOST_AUTO_TEST_CASE(another_users_hold_is_not_found) {
  TestUser other(stack);
  BOOST_TEST(other.post(path_of(held) + "/extend").outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(user.post("/reservation/999999999/extend").outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(user.post("/reservation/0/extend").outcome() == "404 NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_hold_of_a_stopped_date_is_extended_and_one_of_a_cancelled_date_is_not) {
  stack.ctl({"date", "stop", "--date", std::to_string(date), "--why", "a mistake"});
  BOOST_TEST(extend().outcome() == "200");
  // As in the moment between the cancellation and the release of the hold.
  stack.database().execute(
      "UPDATE concert_date SET cancelled_at = NOW(3) WHERE concert_date_id = ?", {date});
  const auto wait_a_ms = [&] { return extend().outcome() == "409 DATE_CANCELLED"; };
  BOOST_TEST(eventually(wait_a_ms));
  stack.database().execute("UPDATE concert_date SET cancelled_at = NULL WHERE concert_date_id = ?",
                           {date});
  stack.ctl({"date", "cancel", "--date", std::to_string(date), "--why", "a flood"});
  BOOST_TEST(extend().outcome() == "410 HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_token_for_records_extends_nothing) {
  HttpClient client = stack.client();
  const std::string token = records_token(client, user.id());
  BOOST_TEST(client.send({"POST", path_of(held) + "/extend", {{"token", token}}, ""}).outcome() ==
             "403 TOKEN_RECORDS_ONLY");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
