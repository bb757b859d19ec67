#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "support/own_queue.h"

namespace concert::test {
namespace {

// One user is inside and one waits, in the main queue and in another.
struct UserThatWaits : OneDateInOwnQueue {
  UserThatWaits() {
    settings.active_limit = 1;
    compose();
    services->enter(user(1));
    waiting = services->enter(user(2));
    enter_own(1);
    waiting_there = enter_own(2);
    publish();
  }
  void publish() {
    for (const QueueId queue : {kMainQueue, own}) app().publish_queue.run(queue);
  }
  bool say(const std::optional<QueueMessage>& message) {
    return say_in_queue(backend().db, kMainQueue, message, kBySue);
  }
  QueueMessage soon() const { return {"Soon.", "곧", std::nullopt}; }
  std::string told(const TokenClaims& claims) {
    const auto message = ask(claims).message;
    return message ? message->en + "/" + message->ko : "";
  }
  TokenClaims waiting;
  TokenClaims waiting_there;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(queue_message_test, UserThatWaits)

BOOST_AUTO_TEST_CASE(everybody_who_waits_in_the_queue_is_told_without_the_database) {
  BOOST_TEST(told(waiting) == "");
  BOOST_TEST(say(soon()));
  publish();
  const auto before = backend().db.round_trips();
  BOOST_TEST(told(waiting) == "Soon./곧");
  BOOST_TEST(told(waiting_there) == "");
  BOOST_TEST(backend().db.round_trips() == before);
  const TokenAnswer joined = app().issue_token.run(kMainQueue, user(3)).answer;
  BOOST_CHECK(joined.message == soon());
  BOOST_CHECK(app().issue_token.run(kMainQueue, user(3)).answer.message == soon());
  BOOST_CHECK(!app().issue_token.run(kMainQueue, user(1)).answer.message);
  BOOST_TEST(say(std::nullopt));
  publish();
  BOOST_TEST(told(waiting) == "");
}

BOOST_AUTO_TEST_CASE(a_pass_publishes_the_message) {
  say(soon());
  BOOST_TEST(told(waiting) == "");
  services->maintain.run();
  BOOST_TEST(told(waiting) == "Soon./곧");
}

BOOST_AUTO_TEST_CASE(a_message_that_has_an_end_disappears_by_the_clock_of_the_database) {
  QueueMessage message = soon();
  message.until = backend().db.now() + 1500;
  say(message);
  publish();
  BOOST_TEST(told(waiting) == "Soon./곧");
  std::this_thread::sleep_for(std::chrono::milliseconds(1600));
  const auto before = backend().db.round_trips();
  BOOST_TEST(told(waiting) == "");
  BOOST_TEST(backend().db.round_trips() == before);
  BOOST_CHECK(!backend().queues.read(kMainQueue).message);
  // It stays away: a message of the past is none to take back either.
  BOOST_TEST(!say(std::nullopt));
}

BOOST_AUTO_TEST_CASE(without_memcached_the_message_is_read_from_the_database) {
  settings.memcached_servers = "";
  compose();
  say(soon());
  BOOST_TEST(told(waiting) == "Soon./곧");
  say(std::nullopt);
  BOOST_TEST(told(waiting) == "");
}

BOOST_AUTO_TEST_CASE(a_message_replaces_another_and_the_same_one_is_no_change) {
  BOOST_TEST(say(soon()));
  BOOST_TEST(!say(soon()));
  QueueMessage later = soon();
  later.until = backend().db.now() + 60'000;
  BOOST_TEST(say(later));
  BOOST_CHECK(backend().queues.read(kMainQueue).message == later);
  BOOST_TEST(say(std::nullopt));
  BOOST_TEST(!say(std::nullopt));
  BOOST_TEST(services->number("SELECT COUNT(*) FROM admin_action WHERE subject LIKE "
                              "'%\"message\"%'") == 3);
}

BOOST_AUTO_TEST_CASE(a_message_that_nobody_would_see_is_refused) {
  QueueMessage past = soon();
  past.until = backend().db.now() + -1;
  BOOST_TEST(change_refused([&] { say(past); }).starts_with("--until has passed"));
  BOOST_CHECK(!backend().queues.read(kMainQueue).message);
}

BOOST_AUTO_TEST_CASE(the_longest_message_is_kept_whole) {
  QueueMessage longest;
  for (std::size_t i = 0; i < kLongestMessage; ++i) {
    longest.en += "\xF0\x9F\x8E\xAB";
    longest.ko += "한";
  }
  say(longest);
  publish();
  BOOST_CHECK(ask(waiting).message == longest);
}

// Side by side while hosts are upgraded.
BOOST_AUTO_TEST_CASE(the_state_of_a_release_with_another_form_is_neither_read_nor_replaced) {
  const std::string theirs = "1700000000000 3 0 0 0 0 1 1 0 0 7 0 0 0 0 9";
  backend().cache.set("queue:1", theirs, 60);
  const auto mine = [&] { return backend().queue_cache.published(kMainQueue).state; };
  BOOST_REQUIRE(mine());
  const auto lineage = mine()->lineage;
  publish();
  services->maintain.run();
  const auto before = backend().db.round_trips();
  BOOST_TEST(ask(waiting).position.value() == 1);
  BOOST_TEST(backend().db.round_trips() == before);
  BOOST_REQUIRE(mine());
  BOOST_TEST(mine()->lineage == lineage);
  BOOST_TEST(backend().cache.get({"queue:1"}).at("queue:1")->value == theirs);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
