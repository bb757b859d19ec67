#include "service/queue/show_queue.h"

#include <boost/test/unit_test.hpp>

#include "support/own_queue.h"

namespace concert::test {
namespace {

struct QueueToShow : OneDateInOwnQueue {
  QueueToShow() {
    settings.active_limit = 1;
    settings.admit_per_pass = 10;
    compose();
  }
  ShownQueue shown() { return app().show_queue.run(own); }
  std::int64_t admitted_place() { return shown().admitted_place.value_or(0); }
  void admit_up_to(std::int64_t active) {
    settings.active_limit = active;
    compose();
    services->maintain.run();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(show_queue_test, QueueToShow)

BOOST_AUTO_TEST_CASE(a_queue_that_is_not_there_is_not_found) {
  BOOST_TEST(refused([&] { app().show_queue.run(QueueId{99}); }) == "QUEUE_NOT_FOUND");
  BOOST_TEST(refused([&] { app().show_queue.run(kMainQueue); }) == "");
  BOOST_TEST(refused([&] { app().show_queue.run(own); }) == "");
}

BOOST_AUTO_TEST_CASE(a_queue_without_an_opening_is_open) {
  const ShownQueue queue = shown();
  BOOST_TEST(queue.name == "own");
  BOOST_CHECK(queue.opening.phase == QueuePhase::open);
  BOOST_CHECK(!queue.opening.times && !queue.opening.draw);
  BOOST_TEST(queue.opening.registered == 0);
  BOOST_TEST((queue.now - backend().db.now() < 1000));
}

BOOST_AUTO_TEST_CASE(each_queue_is_counted_by_itself) {
  services->enter(user(9));
  for (int i = 1; i <= 3; ++i) enter_own(i);
  BOOST_TEST(shown().counts.active == 1);
  BOOST_TEST(shown().counts.waiting == 2);
  BOOST_TEST(!shown().counts.paused);
  backend().queues.set_paused(own, true);
  BOOST_TEST(shown().counts.paused);
  BOOST_TEST(!app().show_queue.run(kMainQueue).counts.paused);
}

BOOST_AUTO_TEST_CASE(the_highest_place_that_was_admitted_is_shown) {
  enter_own(1);
  BOOST_CHECK(!shown().admitted_place);
  for (int i = 2; i <= 7; ++i) enter_own(i);
  admit_up_to(3);
  BOOST_TEST(admitted_place() == 2);
  // A vacancy is passed over, but was not admitted.
  app().leave_queue.run(enter_own(4));
  admit_up_to(3);
  BOOST_TEST(backend().queues.read(own).admitted_place == 3);
  BOOST_TEST(admitted_place() == 2);
  admit_up_to(4);
  BOOST_TEST(admitted_place() == 4);
  services->execute("UPDATE token SET ended_at = NOW(3) - INTERVAL 3 DAY WHERE state = 'LEFT'");
  services->maintain.run();
  BOOST_TEST(admitted_place() == 4);
}

BOOST_AUTO_TEST_CASE(nobody_was_admitted_where_all_who_waited_left) {
  enter_own(1);
  app().leave_queue.run(enter_own(2));
  services->maintain.run();
  BOOST_TEST(backend().queues.read(own).admitted_place == 1);
  BOOST_CHECK(!shown().admitted_place);
}

BOOST_AUTO_TEST_CASE(the_outlook_is_that_of_the_last_position) {
  for (int i = 1; i <= 25; ++i) enter_own(i);
  // 24 wait, and the one inside takes two seats too.
  BOOST_CHECK(shown().stock->outlook == Outlook::likely);
  enter_own(26);
  BOOST_CHECK(shown().stock->outlook == Outlook::unlikely);
  BOOST_TEST(shown().stock->available == 50);
  BOOST_CHECK(!app().show_queue.run(kMainQueue).stock);
}

BOOST_AUTO_TEST_CASE(where_nobody_waits_the_outlook_is_that_of_the_first_position) {
  BOOST_CHECK(shown().stock->outlook == Outlook::likely);
}

BOOST_AUTO_TEST_CASE(the_stock_is_of_this_instant) {
  const TokenClaims inside = enter_own(1);
  BOOST_TEST(shown().stock->available == 50);
  services->hold(inside, date, {1});
  BOOST_TEST(shown().stock->available == 49);
  BOOST_TEST(shown().stock->held == 1);
}

BOOST_AUTO_TEST_CASE(the_message_is_shown) {
  const QueueMessage message{"Soon.", "곧", std::nullopt};
  BOOST_CHECK(!shown().message);
  say_in_queue(backend().db, own, message, kBySue);
  BOOST_CHECK(shown().message == message);
  BOOST_CHECK(!app().show_queue.run(kMainQueue).message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
