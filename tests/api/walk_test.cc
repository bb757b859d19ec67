#include <fmt/format.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>

#include "support/test_user.h"

// From the queue to a paid seat, with memcached and in every way of its being away.

namespace concert::test {
namespace {

std::string status(const HttpResponse& answer) { return answer.json()["status"].asString(); }

// Two users wait behind an active one; the first of them is admitted and buys two seats.
void walk_from_the_queue_to_a_paid_seat(const Stack& stack, bool cached) {
  HttpClient client = stack.client();
  const auto concert = stack.add_concert();
  const auto date = stack.add_date(concert, 50, 50000);
  const std::string dates = fmt::format("/concerts/{}/dates", concert);
  const std::string seats = fmt::format("{}/{}/seats", dates, date);
  TestUser inside(stack), user(stack), behind(stack);
  BOOST_TEST(status(inside.issued()) == "ACTIVE");
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(user.refresh().json()["position"].asInt() == 1);
    BOOST_TEST(behind.refresh().json()["position"].asInt() == 2);
  }
  BOOST_TEST(user.get(dates).outcome() == "403 TOKEN_WAITING");
  inside.leave();
  BOOST_TEST(inside.get(dates).outcome() == "401 TOKEN_EXPIRED");
  stack.cron();
  BOOST_TEST(status(user.refresh()) == "ACTIVE");
  BOOST_TEST(behind.refresh().json()["position"].asInt() == 1);
  BOOST_TEST(user.get("/concerts").outcome() == "200");
  BOOST_TEST(user.get(dates).header("x-cache") == "MISS");
  BOOST_TEST(user.get(dates).header("x-cache") == (cached ? "HIT" : "MISS"));
  stack.add_date(concert);
  BOOST_TEST(user.get(dates).json()["dates"].size() == 2U);
  const auto held = user.hold(date, {1, 2});
  BOOST_TEST(held.outcome() == "201");
  BOOST_TEST(user.get(seats).json()["availableCount"].asInt() == 48);
  BOOST_TEST(user.pay(held).outcome() == "402 INSUFFICIENT_BALANCE");
  BOOST_TEST(user.charge(100000, {{"Idempotency-Key", "k"}}).outcome() == "200");
  BOOST_TEST(user.charge(100000, {{"Idempotency-Key", "k"}}).outcome() == "200");
  BOOST_TEST(user.balance() == 100000);
  BOOST_TEST(user.pay(held).outcome() == "200");
  BOOST_TEST(user.pay(held).json()["balance"].asInt64() == 0);
  BOOST_TEST(user.get(seats).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(user.refresh().outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(status(user.get("/reservation/" + held.json()["reservationId"].asString())) == "PAID");
  stack.cron();
  BOOST_TEST(status(behind.refresh()) == "ACTIVE");
  BOOST_TEST(behind.get(seats + "?status=AVAILABLE").json()["seats"].size() == 48U);
  BOOST_TEST(behind.leave().outcome() == "204");
  BOOST_TEST(client.send({"GET", "/queue"}).json()["active"].asInt() == 0);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(walk_test)

BOOST_AUTO_TEST_CASE(the_whole_walk_works) {
  const Stack stack{{"active_limit", "1"}};
  walk_from_the_queue_to_a_paid_seat(stack, true);
  walk_from_the_queue_to_a_paid_seat(stack, true);
}

BOOST_AUTO_TEST_CASE(the_whole_walk_works_without_memcached) {
  const Stack stack{{"active_limit", "1"}, {"memcached_servers", ""}};
  walk_from_the_queue_to_a_paid_seat(stack, false);
}

BOOST_AUTO_TEST_CASE(the_whole_walk_works_if_memcached_never_answers) {
  const ScratchFolder folder;
  const Stack stack{{"active_limit", "1"}, {"memcached_servers", folder.path() + "/none.sock"}};
  walk_from_the_queue_to_a_paid_seat(stack, false);
}

BOOST_AUTO_TEST_CASE(the_whole_walk_works_after_memcached_has_stopped) {
  Memcached memcached;  // unlike the stack's own one, it is not started again
  const Stack stack{{"active_limit", "1"}, {"memcached_servers", memcached.socket()}};
  walk_from_the_queue_to_a_paid_seat(stack, true);
  TestUser user(stack);
  BOOST_TEST(user.get("/concerts/1/dates").outcome() == "200");
  memcached.process().signal(SIGKILL);
  memcached.process().wait();
  // Active users go on, and no answer says that something is wrong.
  for (int i = 0; i < 20; ++i) BOOST_TEST(user.get("/concerts/1/dates").outcome() == "200");
  BOOST_TEST(user.leave().outcome() == "204");
  walk_from_the_queue_to_a_paid_seat(stack, false);
}

BOOST_AUTO_TEST_CASE(the_whole_walk_works_while_memcached_hangs) {
  Memcached memcached;  // unlike the stack's own one, it is not started again
  const Stack stack{{"active_limit", "1"}, {"memcached_servers", memcached.socket()}};
  memcached.process().signal(SIGSTOP);
  walk_from_the_queue_to_a_paid_seat(stack, false);
  memcached.process().signal(SIGCONT);
}

BOOST_AUTO_TEST_CASE(a_user_who_left_or_paid_has_no_access_at_once_even_without_memcached) {
  Memcached memcached;  // unlike the stack's own one, it is not started again
  Stack stack{{"memcached_servers", memcached.socket()}};
  TestUser user(stack);
  BOOST_TEST(user.get("/concerts").outcome() == "200");
  memcached.process().signal(SIGKILL);
  memcached.process().wait();
  BOOST_TEST(user.leave().outcome() == "204");
  for (int i = 0; i < 20; ++i) BOOST_TEST(user.get("/concerts").outcome() == "401 TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
