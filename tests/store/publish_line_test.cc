#include "service/publish_line.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

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
  std::string key() const { return settings.database.database + ":line:1"; }
  // What is left of the published line's life.
  int life_s() const {
    const std::string answer = ask_memcached("mg " + key() + " t");
    BOOST_REQUIRE(answer.rfind("HD t", 0) == 0);
    return std::stoi(answer.substr(4));
  }
  // How often `call` looks at the queue, if `line` is published by another at each look.
  template <class Call>
  int looks(Call call, const LineState& line) {
    int count = 0;
    backend().db.observe([&](std::string_view sql, const auto&) {
      if (sql.find("SELECT active_limit") == std::string_view::npos) return;
      ++count;
      QueueCache& cache = backend().queue_cache;
      BOOST_TEST(cache.publish(kMainQueue, line, cache.published(kMainQueue)));
    });
    call();
    backend().db.observe({});
    return count;
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

BOOST_AUTO_TEST_CASE(each_pass_begins_the_life_of_the_line_anew) {
  for (const bool paused : {false, true}) {
    backend().queues.set_paused(kMainQueue, paused);
    services->maintain.run();
    BOOST_TEST(life_s() > 0);
    BOOST_TEST(life_s() <= 5);
    ask_memcached("touch " + key() + " 1000");
    services->maintain.run();
    BOOST_TEST(life_s() <= 5);
  }
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

BOOST_AUTO_TEST_CASE(
    who_is_not_the_first_to_publish_the_same_line_looks_at_the_database_once_more) {
  publish.run();
  const LineState line = published();
  BOOST_TEST(looks([&] { publish.run(); }, line) == 2);
}

BOOST_AUTO_TEST_CASE(a_poll_that_finds_no_line_looks_for_it_once_whoever_publishes_first) {
  publish.run();
  const LineState line = published();
  forget_cache();
  // One for the others, one for its own answer.
  BOOST_TEST(looks([&] { services->poll(waiting); }, line) == 2);
}

BOOST_AUTO_TEST_CASE(of_many_polls_of_a_round_that_find_no_line_the_first_alone_looks_for_it) {
  const TokenClaims next = services->enter(user(3));
  std::vector<std::string> keys;
  for (const TokenClaims& claims : {waiting, next}) {
    for (std::string& key : QueueCache::place_keys(kMainQueue, claims.id, claims.seq))
      keys.push_back(std::move(key));
  }
  forget_cache();
  backend().cache.fetch_ahead(keys);
  services->poll(waiting);
  const auto before = backend().db.round_trips();
  BOOST_TEST(services->poll(next).position == 2);
  BOOST_TEST(backend().db.round_trips() == before);
}

// Two hosts by mistake, each with a memcached of its own; the passes are of the other one.
BOOST_AUTO_TEST_CASE(who_was_admitted_learns_it_where_no_pass_publishes_once_the_life_is_over) {
  const Memcached own;
  Settings here = settings;
  here.memcached_servers = own.socket();
  Services host(here);
  BOOST_CHECK(host.poll(waiting).state == TokenState::waiting);
  settings.active_limit = 2;
  BOOST_TEST(services->maintain.run().admitted == 1);
  BOOST_CHECK(services->poll(waiting).state == TokenState::active);
  bool told = false;
  for (int i = 0; i < 200 && !told; ++i) {
    told = host.poll(waiting).state == TokenState::active;
    if (!told) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  BOOST_TEST(told);
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
