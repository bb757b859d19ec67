#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {

BOOST_AUTO_TEST_SUITE(claims_test)

BOOST_AUTO_TEST_CASE(
    a_closed_tab_costs_the_queue_the_time_to_claim_and_its_user_the_place_for_a_while) {
  const Stack stack{{"active_limit", "1"}, {"claim_seconds", "3"}, {"admit_interval_seconds", "0"}};
  TestUser inside(stack);
  TestUser closed(stack);
  TestUser next(stack);
  inside.leave();
  stack.cron();
  // From the queue's page nobody claims.
  HttpClient watcher = stack.client();
  BOOST_TEST(watcher.send({"GET", "/queues/1"}).json()["active"] == 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(3100));
  stack.cron();
  const HttpResponse called = next.refresh();
  BOOST_TEST(called.json()["status"] == "ACTIVE");
  const HttpResponse back = closed.refresh();
  BOOST_TEST(back.status == 200);
  BOOST_TEST(back.json()["status"] == "WAITING");
  BOOST_TEST(back.json()["position"] == 1);
  BOOST_TEST(back.json()["place"] == 1);
  TestUser last(stack);
  next.leave();
  stack.cron();
  BOOST_TEST(closed.refresh().json()["status"] == "ACTIVE");
  BOOST_TEST(last.refresh().json()["status"] == "WAITING");
}

BOOST_AUTO_TEST_CASE(a_visit_ends_at_the_time_that_its_user_is_told) {
  const Stack stack{{"active_limit", "1"}, {"visit_seconds", "5"}, {"admit_interval_seconds", "0"}};
  TestUser inside(stack);
  TestUser closed(stack);
  TestUser next(stack);
  inside.leave();
  stack.cron();
  const std::string told = closed.refresh().json()["expiresAt"].asString();
  BOOST_TEST(closed.refresh().json()["expiresAt"].asString() == told);
  while (closed.get("/concerts").status == 200)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  BOOST_TEST(closed.refresh().status == 401);
  stack.cron();
  BOOST_TEST(next.refresh().json()["status"] == "ACTIVE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
