#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OnePlace {
  Stack stack{{"active_limit", "1"}, {"active_seconds", "3"}};
  HttpClient client = stack.client();
  TestUser inside{stack};

  // Nothing here uses a token.
  bool eventually_active(int count) {
    return eventually([&] { return client.send({"GET", "/queue"}).json()["active"] == count; });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(expiry_test)

BOOST_FIXTURE_TEST_CASE(an_active_token_that_is_not_used_ends_without_a_cron, OnePlace) {
  BOOST_TEST(eventually_active(0));
  BOOST_TEST(inside.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.charge(1).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.get("/client/" + inside.id() + "/ledger").outcome() == "200");
  BOOST_TEST(inside.leave().outcome() == "204");
  // Its place is free for the next user, although no cron has noted that.
  TestUser next(stack);
  BOOST_TEST(token_status(next.issued()) == "ACTIVE");
  BOOST_TEST(inside.rejoin().outcome() == "201");
  BOOST_TEST(token_status(inside.refresh()) == "WAITING");
}

BOOST_FIXTURE_TEST_CASE(a_waiting_user_need_not_ask_to_be_admitted, OnePlace) {
  TestUser waiting(stack);
  BOOST_TEST(token_status(waiting.issued()) == "WAITING");
  BOOST_TEST(waiting.issued().json()["pollAfterSeconds"].asInt() ==
             1);  // a third of active_seconds
  BOOST_TEST(eventually_active(0));
  stack.cron();
  BOOST_TEST(token_status(waiting.refresh()) == "ACTIVE");
  BOOST_TEST(waiting.get("/concerts").outcome() == "200");
}

BOOST_FIXTURE_TEST_CASE(an_admitted_user_who_does_not_come_gives_the_place_to_the_next, OnePlace) {
  TestUser absent(stack);
  TestUser next(stack);
  BOOST_TEST(eventually_active(0));
  stack.cron();
  BOOST_TEST(eventually_active(1));
  BOOST_TEST(eventually_active(0));
  // On a slow machine the next user calls too late as well, and once more.
  BOOST_TEST(eventually([&] {
    stack.cron();
    return token_status(next.refresh()) == "ACTIVE";
  }));
  BOOST_TEST(token_status(absent.refresh()) == "WAITING");
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(each_kind_of_use_extends_an_active_token) {
  const Stack stack{{"active_seconds", "3"}};
  using Use = std::function<HttpResponse(TestUser&)>;
  const std::vector<Use> uses{
      [](TestUser& user) { return user.get("/concerts"); },
      [](TestUser& user) { return user.get("/client/" + user.id() + "/balance"); },
      [](TestUser& user) { return user.get("/client/" + user.id() + "/ledger"); },
      [](TestUser& user) { return user.charge(1); },
      [](TestUser& user) { return user.refresh(); },
      [](TestUser& user) { return user.rejoin(); }};
  std::vector<std::future<std::string>> outcomes;
  for (const Use& use : uses) {
    outcomes.push_back(std::async(std::launch::async, [&] {
      TestUser user(stack);
      const std::string long_after = time_from_now(6);
      std::string outcome = "200";
      while (time_from_now(0) < long_after && outcome == "200") {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        outcome = use(user).outcome();
      }
      return outcome;
    }));
  }
  for (std::size_t i = 0; i < uses.size(); ++i) BOOST_TEST(outcomes[i].get() == "200", "use " << i);
}

BOOST_AUTO_TEST_CASE(a_token_that_waited_too_long_ends) {
  const Stack stack{{"active_limit", "1"}, {"waiting_seconds", "3"}};
  const TestUser inside(stack);
  TestUser waiting(stack);
  BOOST_TEST(waiting.issued().json()["expiresAt"].asString() < time_from_now(4));
  BOOST_TEST(waiting.refresh().outcome() == "200");
  HttpClient client = stack.client();
  BOOST_TEST(eventually([&] { return client.send({"GET", "/queue"}).json()["waiting"] == 0; }));
  // A poll judges by a worker's estimate of the database's time, which may lag by a round trip.
  BOOST_TEST(eventually([&] { return waiting.refresh().outcome() == "401 TOKEN_EXPIRED"; }));
  BOOST_TEST(waiting.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  stack.cron();
  BOOST_TEST(waiting.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(waiting.rejoin().outcome() == "201");
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
