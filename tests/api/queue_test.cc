#include <boost/test/unit_test.hpp>
#include <deque>

#include "support/jwt.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// Two users are active, three wait.
struct TwoInThreeWait {
  Stack stack{{"active_limit", "2"}, {"admit_per_pass", "2"}};
  HttpClient client = stack.client();
  TestUser first{stack}, second{stack};
  TestUser third{stack}, fourth{stack}, fifth{stack};

  Json::Value queue() { return client.send({"GET", "/queue"}).json(); }
};

int position(const HttpResponse& answer) { return answer.json()["position"].asInt(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(queue_test)

BOOST_FIXTURE_TEST_CASE(past_the_limit_users_wait_in_order_of_arrival, TwoInThreeWait) {
  BOOST_TEST(token_status(second.issued()) == "ACTIVE");
  int expected = 0;
  for (TestUser* user : {&third, &fourth, &fifth}) {
    BOOST_TEST(user->issued().outcome() == "201");
    const Json::Value answer = user->issued().json();
    BOOST_TEST(answer["status"].asString() == "WAITING");
    BOOST_TEST(answer["position"].asInt() == ++expected);
    BOOST_TEST(answer["estimatedWaitSeconds"].isInt());
    BOOST_TEST(answer["estimatedWaitSeconds"].asInt() >= 1);
    // Early enough for a whole active life within the 24 h of the text.
    constexpr int kLongestWait_s = 86400 - 600;
    BOOST_TEST(answer["expiresAt"].asString() > time_from_now(kLongestWait_s - 60));
    BOOST_TEST(answer["expiresAt"].asString() < time_from_now(kLongestWait_s + 5));
  }
  const Json::Value counts = queue();
  BOOST_TEST(counts["active"].asInt() == 2);
  BOOST_TEST(counts["waiting"].asInt() == 3);
  BOOST_TEST(counts["admittedPerMinute"].isInt());
  BOOST_TEST(counts["paused"].asBool() == false);
}

BOOST_FIXTURE_TEST_CASE(a_waiting_answer_says_when_to_ask_again, TwoInThreeWait) {
  for (const HttpResponse& answer : {third.issued(), third.refresh(), third.rejoin()}) {
    const int seconds = answer.json()["pollAfterSeconds"].asInt();
    BOOST_TEST(answer.header("retry-after") == std::to_string(seconds));
    BOOST_TEST(seconds >= 1);
    BOOST_TEST(seconds <= 30);
  }
  BOOST_TEST(first.issued().header("retry-after").empty());
}

BOOST_FIXTURE_TEST_CASE(asking_again_neither_loses_nor_wins_a_place, TwoInThreeWait) {
  const Json::Value jti = claims_of_jwt(third.token())["jti"];
  for (int i = 0; i < 3; ++i) {
    const auto again = third.rejoin();
    BOOST_TEST(again.outcome() == "200");
    BOOST_TEST(position(again) == 1);
    BOOST_TEST(claims_of_jwt(third.token())["jti"] == jti);
    BOOST_TEST(position(fourth.rejoin()) == 2);
  }
  BOOST_TEST(queue()["waiting"].asInt() == 3);
}

BOOST_FIXTURE_TEST_CASE(a_user_who_leaves_the_queue_moves_those_behind_up, TwoInThreeWait) {
  BOOST_TEST(fourth.leave().outcome() == "204");
  BOOST_TEST(fourth.leave().outcome() == "204");
  BOOST_TEST(queue()["waiting"].asInt() == 2);
  BOOST_TEST(position(third.refresh()) == 1);
  BOOST_TEST(position(fifth.refresh()) == 2);
  BOOST_TEST(fourth.refresh().outcome() == "401 TOKEN_EXPIRED");
  // The same by what the cron has cached.
  stack.cron();
  BOOST_TEST(position(fifth.refresh()) == 2);
  BOOST_TEST(third.leave().outcome() == "204");
  BOOST_TEST(position(fifth.refresh()) == 1);
  stack.cron();
  BOOST_TEST(position(fifth.refresh()) == 1);
  // A user who comes back joins at the end.
  BOOST_TEST(fourth.rejoin().outcome() == "201");
  BOOST_TEST(position(fourth.refresh()) == 2);
}

BOOST_FIXTURE_TEST_CASE(an_active_place_given_back_goes_to_the_first_in_the_queue, TwoInThreeWait) {
  const std::string waiting_text = third.token();
  BOOST_TEST(first.leave().outcome() == "204");
  // A new user does not pass the queue.
  TestUser late(stack);
  BOOST_TEST(position(late.issued()) == 4);
  stack.cron();
  BOOST_TEST(position(fourth.refresh()) == 1);
  const auto admitted = third.refresh();
  BOOST_TEST(admitted.outcome() == "200");
  BOOST_TEST(token_status(admitted) == "ACTIVE");
  BOOST_TEST(position(admitted) == 0);
  BOOST_TEST(admitted.json()["estimatedWaitSeconds"].asInt() == 0);
  BOOST_TEST(admitted.header("retry-after").empty());
  const std::string balance = "/client/" + third.id() + "/balance";
  const std::string new_text = admitted.json()["token"].asString();
  BOOST_TEST(client.send({"GET", balance, {{"token", new_text}}}).outcome() == "200");
  BOOST_TEST(client.send({"GET", balance, {{"token", waiting_text}}}).outcome() == "200");
  BOOST_TEST(token_status(client.send({"GET", "/token/refresh", {{"token", waiting_text}}})) ==
             "ACTIVE");
  BOOST_TEST(token_status(third.rejoin()) == "ACTIVE");
  BOOST_TEST(queue()["active"].asInt() == 2);
  BOOST_TEST(queue()["admittedPerMinute"].asInt() == 1);
}

BOOST_FIXTURE_TEST_CASE(an_admitted_user_need_not_refresh_first, TwoInThreeWait) {
  BOOST_TEST(third.get("/concerts").outcome() == "403 TOKEN_WAITING");
  first.leave();
  stack.cron();
  BOOST_TEST(third.get("/concerts").outcome() == "200");
}

BOOST_FIXTURE_TEST_CASE(the_limit_is_never_exceeded, TwoInThreeWait) {
  for (int pass = 0; pass < 3; ++pass) {
    stack.cron();
    BOOST_TEST(queue()["active"].asInt() == 2);
    BOOST_TEST(queue()["waiting"].asInt() == 3);
  }
  first.leave();
  second.leave();
  stack.cron();
  BOOST_TEST(queue()["active"].asInt() == 2);
  BOOST_TEST(token_status(third.refresh()) == "ACTIVE");
  BOOST_TEST(token_status(fourth.refresh()) == "ACTIVE");
  BOOST_TEST(position(fifth.refresh()) == 1);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_FIXTURE_TEST_CASE(while_paused_nobody_is_admitted_and_active_users_go_on, TwoInThreeWait) {
  stack.ctl({"queue", "pause"});
  BOOST_TEST(queue()["paused"].asBool());
  first.leave();
  stack.cron();
  for (const HttpResponse& answer : {third.refresh(), third.rejoin(), TestUser(stack).issued()}) {
    BOOST_TEST(token_status(answer) == "WAITING");
    BOOST_TEST(answer.json()["estimatedWaitSeconds"].isNull());
    BOOST_TEST(!answer.header("retry-after").empty());
  }
  BOOST_TEST(second.get("/concerts").outcome() == "200");
  BOOST_TEST(queue()["active"].asInt() == 1);
  stack.ctl({"queue", "resume"});
  BOOST_TEST(queue()["paused"].asBool() == false);
  BOOST_TEST(third.refresh().json()["estimatedWaitSeconds"].isInt());
  stack.cron();
  BOOST_TEST(token_status(third.refresh()) == "ACTIVE");
}

BOOST_FIXTURE_TEST_CASE(another_limit_is_in_force_at_once, TwoInThreeWait) {
  stack.ctl({"queue", "set", "--active-limit", "4", "--admit-per-pass", "1"});
  stack.cron();
  BOOST_TEST(queue()["active"].asInt() == 3);
  stack.cron();
  stack.cron();
  BOOST_TEST(queue()["active"].asInt() == 4);
  stack.ctl({"queue", "reset"});
  // A limit below the number of active users admits nobody and ends no token.
  first.leave();
  second.leave();
  stack.cron();
  BOOST_TEST(queue()["active"].asInt() == 2);
  BOOST_TEST(position(fifth.refresh()) == 1);
  BOOST_TEST(third.get("/concerts").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(a_pause_makes_even_the_first_user_wait) {
  Stack stack;
  stack.ctl({"queue", "pause"});
  TestUser user(stack);
  BOOST_TEST(position(user.issued()) == 1);
  BOOST_TEST(user.issued().json()["estimatedWaitSeconds"].isNull());
  stack.ctl({"queue", "resume"});
  stack.cron();
  BOOST_TEST(token_status(user.refresh()) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(with_an_empty_queue_a_free_place_is_given_at_once) {
  Stack stack{{"active_limit", "1"}};
  TestUser first(stack);
  BOOST_TEST(first.leave().outcome() == "204");
  TestUser second(stack);
  BOOST_TEST(token_status(second.issued()) == "ACTIVE");
  // Paying frees a place as well.
  const auto date = stack.add_date(stack.add_concert(), 1, 0);
  BOOST_TEST(second.pay(second.hold(date, {1})).outcome() == "200");
  BOOST_TEST(token_status(TestUser(stack).issued()) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(in_a_longer_queue_each_position_is_the_users_ahead_plus_one) {
  constexpr int kWaiting = 60;
  Stack stack{{"active_limit", "1"}, {"admit_per_pass", "5"}};
  const TestUser inside(stack);
  std::deque<TestUser> line;
  for (int i = 0; i < kWaiting; ++i) line.emplace_back(stack);
  const auto check_places = [&] {
    int place = 0;
    for (TestUser& user : line) BOOST_TEST(position(user.refresh()) == ++place);
  };
  check_places();
  for (const int index : {50, 31, 30, 7, 0}) {
    line[static_cast<std::size_t>(index)].leave();
    line.erase(line.begin() + index);
  }
  check_places();
  stack.cron();
  check_places();
  stack.ctl({"queue", "set", "--active-limit", "100"});
  stack.cron();
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(token_status(line.front().refresh()) == "ACTIVE");
    line.pop_front();
  }
  check_places();
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
