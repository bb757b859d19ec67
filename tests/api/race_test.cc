#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <future>
#include <latch>
#include <map>

#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr int kUsers = 100;

struct OneDateForAHundred {
  Stack stack{{"workers", "16"}};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 100, 100);

  // Runs `act` for every user at the same moment; how often each outcome came.
  std::map<std::string, int> all_at_once(std::deque<TestUser>& users,
                                         const std::function<HttpResponse(TestUser&, int)>& act) {
    std::latch ready(static_cast<std::ptrdiff_t>(users.size()));
    std::vector<std::future<std::string>> outcomes;
    for (std::size_t i = 0; i < users.size(); ++i) {
      outcomes.push_back(std::async(std::launch::async, [&, i] {
        ready.arrive_and_wait();
        return act(users[i], static_cast<int>(i)).outcome();
      }));
    }
    std::map<std::string, int> counts;
    for (auto& outcome : outcomes) ++counts[outcome.get()];
    return counts;
  }
};

using Counts = std::map<std::string, int>;

std::string text(const Counts& counts) {
  std::string all;
  for (const auto& [outcome, count] : counts) all += fmt::format("{} x{}; ", outcome, count);
  return all;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(race_test, OneDateForAHundred)

BOOST_AUTO_TEST_CASE(one_of_a_hundred_users_who_want_a_seat_gets_it) {
  std::deque<TestUser> users;
  for (int i = 0; i < kUsers; ++i) users.emplace_back(stack);
  const Counts counts =
      all_at_once(users, [&](TestUser& user, int) { return user.hold(date, {7}); });
  BOOST_TEST((counts == Counts{{"201", 1}, {"409 SEAT_UNAVAILABLE", kUsers - 1}}), text(counts));
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(of_users_after_overlapping_pairs_nobody_gets_half) {
  std::deque<TestUser> users;
  for (int i = 0; i < kUsers; ++i) users.emplace_back(stack);
  const Counts counts = all_at_once(users, [&](TestUser& user, int i) {
    const int seat = 1 + i % 9;
    return i % 2 == 0 ? user.hold(date, {seat, seat + 1}) : user.hold(date, {seat + 1, seat});
  });
  BOOST_TEST(counts.size() == 2U, text(counts));
  const int winners = counts.at("201");
  BOOST_TEST(counts.at("409 SEAT_UNAVAILABLE") == kUsers - winners);
  const Json::Value seats =
      TestUser(stack).get(fmt::format("/concerts/{}/dates/{}/seats", concert, date)).json();
  BOOST_TEST(seats["availableCount"].asInt() == 100 - 2 * winners);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(parallel_holds_of_one_user_keep_to_the_limit) {
  const std::string id = new_uuid();
  std::deque<TestUser> sessions;
  for (int i = 0; i < 20; ++i) sessions.emplace_back(stack, id);
  const Counts counts =
      all_at_once(sessions, [&](TestUser& user, int i) { return user.hold(date, {i + 1}); });
  BOOST_TEST((counts == Counts{{"201", 4}, {"409 SEAT_LIMIT", 16}}), text(counts));
}

BOOST_AUTO_TEST_CASE(parallel_charges_of_one_user_are_all_counted) {
  const std::string id = new_uuid();
  std::deque<TestUser> sessions;
  for (int i = 0; i < kUsers; ++i) sessions.emplace_back(stack, id);
  const Counts counts = all_at_once(sessions, [](TestUser& user, int) { return user.charge(10); });
  BOOST_TEST((counts == Counts{{"200", kUsers}}), text(counts));
  BOOST_TEST(sessions.front().balance() == 10 * kUsers);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(parallel_payments_of_one_hold_draw_once) {
  const std::string id = new_uuid();
  std::deque<TestUser> sessions;
  for (int i = 0; i < 20; ++i) sessions.emplace_back(stack, id);
  sessions.front().charge(1000);
  const auto held = sessions.front().hold(date, {1, 2});
  const Counts counts = all_at_once(sessions, [&](TestUser& user, int) { return user.pay(held); });
  BOOST_TEST((counts == Counts{{"200", 20}}), text(counts));
  sessions.front().rejoin();
  BOOST_TEST(sessions.front().balance() == 800);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(a_crowd_after_an_uncached_list_gets_the_same_one) {
  std::deque<TestUser> users;
  for (int i = 0; i < kUsers; ++i) users.emplace_back(stack);
  const std::string path = fmt::format("/concerts/{}/dates", concert);
  const std::string wanted = users.front().get(path).body;
  stack.add_date(concert, 1);
  std::deque<std::string> bodies(kUsers);
  const Counts counts = all_at_once(users, [&](TestUser& user, int i) {
    HttpResponse answer = user.get(path);
    bodies[static_cast<std::size_t>(i)] = answer.body;
    return answer;
  });
  BOOST_TEST((counts == Counts{{"200", kUsers}}), text(counts));
  BOOST_TEST(bodies.front() != wanted);
  for (const std::string& body : bodies) BOOST_TEST(body == bodies.front());
}

BOOST_AUTO_TEST_CASE(one_user_asking_for_many_tokens_at_once_has_one_place) {
  std::vector<std::future<HttpResponse>> answers;
  const std::string id = new_uuid();
  for (int i = 0; i < 20; ++i) {
    answers.push_back(
        std::async(std::launch::async, [&] { return stack.client().send(token_request(id)); }));
  }
  Counts counts;
  for (auto& answer : answers) ++counts[answer.get().outcome()];
  BOOST_TEST((counts == Counts{{"200", 19}, {"201", 1}}), text(counts));
  BOOST_TEST(stack.client().send({"GET", "/queue"}).json()["active"].asInt() == 1);
}

BOOST_AUTO_TEST_CASE(parallel_joins_keep_to_the_active_limit) {
  stack.ctl({"queue", "set", "--active-limit", "10"});
  std::vector<std::future<HttpResponse>> answers;
  for (int i = 0; i < kUsers; ++i) {
    answers.push_back(std::async(std::launch::async,
                                 [&] { return stack.client().send(token_request(new_uuid())); }));
  }
  Counts counts;
  for (auto& answer : answers) ++counts[answer.get().json()["status"].asString()];
  BOOST_TEST((counts == Counts{{"ACTIVE", 10}, {"WAITING", kUsers - 10}}), text(counts));
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
