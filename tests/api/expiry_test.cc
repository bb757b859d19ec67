#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OnePlace {
  Stack stack{{"active_limit", "1"}, {"active_seconds", "3"}, {"waiting_seconds", "8"}};
  HttpClient client = stack.client();
  TestUser inside{stack};

  // Nothing here is a use of anybody's token.
  bool eventually_active(int count) { return eventually_counts("active", count); }
  bool eventually_waiting(int count) { return eventually_counts("waiting", count); }
  bool eventually_counts(const char* what, int count) {
    return eventually([&] { return client.send({"GET", "/queue"}).json()[what] == count; });
  }
};

std::string status(const HttpResponse& answer) { return answer.json()["status"].asString(); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(expiry_test, OnePlace)

BOOST_AUTO_TEST_CASE(an_active_token_that_is_not_used_ends_without_a_cron) {
  BOOST_TEST(eventually_active(0));
  BOOST_TEST(inside.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.charge(1).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.get("/client/" + inside.id() + "/ledger").outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(inside.leave().outcome() == "204");
  // Its place is free for whoever comes, though no cron has noted that.
  TestUser next(stack);
  BOOST_TEST(status(next.issued()) == "ACTIVE");
  BOOST_TEST(inside.rejoin().outcome() == "201");
  BOOST_TEST(status(inside.refresh()) == "WAITING");
}

BOOST_AUTO_TEST_CASE(each_use_extends_an_active_token) {
  const std::string before = inside.issued().json()["expiresAt"].asString();
  const std::string end = time_from_now(6);
  while (time_from_now(0) < end) {
    BOOST_REQUIRE(inside.get("/client/" + inside.id() + "/balance").outcome() == "200");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto refreshed = inside.refresh();
  BOOST_TEST(refreshed.outcome() == "200");
  BOOST_TEST(refreshed.json()["expiresAt"].asString() > before);
  BOOST_TEST(refreshed.json()["expiresAt"].asString() < time_from_now(4));
}

BOOST_AUTO_TEST_CASE(writes_and_reads_of_own_records_are_uses_too) {
  const auto keeps_alive = [&](auto use) {
    const std::string end = time_from_now(4);
    while (time_from_now(0) < end) {
      BOOST_REQUIRE(use().outcome() == "200");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  };
  keeps_alive([&] { return inside.charge(1); });
  keeps_alive([&] { return inside.get("/client/" + inside.id() + "/ledger"); });
  keeps_alive([&] { return inside.refresh(); });
}

BOOST_AUTO_TEST_CASE(a_waiting_user_need_not_ask_to_be_admitted) {
  TestUser waiting(stack);
  BOOST_TEST(status(waiting.issued()) == "WAITING");
  BOOST_TEST(waiting.issued().json()["pollAfterSeconds"].asInt() ==
             1);  // a third of active_seconds
  BOOST_TEST(eventually_active(0));
  stack.cron();
  BOOST_TEST(status(waiting.refresh()) == "ACTIVE");
  BOOST_TEST(waiting.get("/concerts").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(who_is_admitted_and_never_comes_loses_the_place) {
  TestUser absent(stack);
  TestUser next(stack);
  BOOST_TEST(eventually_active(0));
  stack.cron();
  BOOST_TEST(eventually_active(1));
  BOOST_TEST(eventually_active(0));
  stack.cron();
  BOOST_TEST(absent.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(status(next.refresh()) == "ACTIVE");
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(a_token_that_waited_too_long_ends) {
  TestUser waiting(stack);
  BOOST_TEST(waiting.issued().json()["expiresAt"].asString() < time_from_now(9));
  BOOST_TEST(waiting.refresh().outcome() == "200");
  BOOST_TEST(eventually_waiting(0));
  BOOST_TEST(waiting.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(waiting.get("/client/" + waiting.id() + "/reservations").outcome() ==
             "401 TOKEN_EXPIRED");
  stack.cron();
  BOOST_TEST(waiting.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(waiting.rejoin().outcome() == "201");
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
