#include "service/publish_line.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

struct OneWaits : OneDateOfFiftySeats {
  OneWaits() {
    settings.active_limit = 1;
    services->enter(user(1));
    waiting = services->enter(user(2));
  }
  LineState published() {
    const auto found = backend().queue_cache.published(kMainQueue).line;
    BOOST_REQUIRE(found);
    return *found;
  }
  TokenClaims waiting;
  PublishLine publish{backend(), app().standing};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publish_line_test, OneWaits)

BOOST_AUTO_TEST_CASE(the_line_is_published_as_the_database_has_it) {
  app().leave_queue.run(services->enter(user(3)));
  services->enter(user(4));
  publish.run();
  BOOST_TEST(published().admitted_seq == 0);
  BOOST_TEST(published().active_limit == 1);
  BOOST_TEST(published().left_by_block.size() == 1U);
  BOOST_TEST(published().left_in_block(0) == 1);
  backend().queues.set_paused(kMainQueue, true);
  backend().queues.set_limits(kMainQueue, {7, 8}, 1);
  publish.run();
  BOOST_TEST(published().paused);
  BOOST_TEST(published().active_limit == 7);
  BOOST_TEST(published().admit_per_pass == 8);
}

BOOST_AUTO_TEST_CASE(a_line_that_has_not_changed_is_not_published_again) {
  publish.run();
  const auto version = backend().queue_cache.published(kMainQueue).version;
  publish.run();
  BOOST_TEST(backend().queue_cache.published(kMainQueue).version == version);
}

BOOST_AUTO_TEST_CASE(an_older_line_is_not_published_over_a_newer_one) {
  publish.run();
  LineState newer = published();
  newer.admitted_seq = 500;
  BOOST_TEST(backend().queue_cache.publish(kMainQueue, newer,
                                           backend().queue_cache.published(kMainQueue)));
  publish.run();
  BOOST_TEST(published().admitted_seq == 500);
}

BOOST_AUTO_TEST_CASE(of_two_who_publish_at_once_the_slower_one_gives_way) {
  publish.run();
  const auto seen = backend().queue_cache.published(kMainQueue);
  LineState mine = published();
  mine.pace_per_minute = 1;
  LineState theirs = mine;
  theirs.pace_per_minute = 2;
  BOOST_TEST(backend().queue_cache.publish(kMainQueue, theirs, seen));
  BOOST_TEST(!backend().queue_cache.publish(kMainQueue, mine, seen));
  BOOST_TEST(published().pace_per_minute == 2);
}

// A pass of another host, say: it looked before this one admitted, and publishes in between.
BOOST_AUTO_TEST_CASE(an_older_line_that_was_published_first_does_not_stay) {
  publish.run();
  LineState older = published();
  settings.active_limit = 2;
  BOOST_TEST(services->maintain.run().admitted == 1);
  older.pace_per_minute = 7;  // another text
  backend().cache.remove("line:1");
  bool is_theirs = false;
  backend().db.observe([&](std::string_view sql, const auto&) {
    if (is_theirs || sql.find("FROM queue") == std::string_view::npos) return;
    is_theirs = true;
    BOOST_TEST(backend().queue_cache.publish(kMainQueue, older, {}));
  });
  publish.run();
  BOOST_TEST(is_theirs);
  BOOST_TEST(published().admitted_seq == waiting.seq);
}

BOOST_AUTO_TEST_CASE(a_poll_that_finds_memcached_empty_spares_the_others_the_database) {
  services->poll(waiting);
  const auto before = backend().db.round_trips();
  services->poll(waiting);
  BOOST_TEST(backend().db.round_trips() == before);
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_where_nothing_can_be_published) {
  settings.memcached_servers = "";
  compose();
  const auto before = backend().db.round_trips();
  PublishLine(backend(), app().standing).run();
  BOOST_TEST(backend().db.round_trips() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
