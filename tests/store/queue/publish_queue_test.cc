#include "service/queue/publish_queue.h"

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
    services->enter(user(2));
    services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 1 HOUR");
    waiting = services->enter(user(2));
  }
  QueueState published() {
    const auto found = backend().queue_cache.published(kMainQueue).state;
    BOOST_REQUIRE(found);
    return *found;
  }
  Instant published_at() { return backend().queue_cache.published(kMainQueue).at; }
  // Publishes `state` as if so long ago.
  bool put(const QueueState& state, std::int64_t age_ms = 0) {
    QueueCache& cache = backend().queue_cache;
    backend().cache.remove("turn:queue5:1");
    return cache.publish(kMainQueue, state, backend().db.now() + -age_ms,
                         cache.published(kMainQueue));
  }
  // How often `call` looks at the queue, if `state` is published by another at each look.
  template <class Call>
  int looks(Call call, const QueueState& state) {
    int count = 0;
    backend().db.observe([&](std::string_view sql, const auto&) {
      if (sql.find("SELECT active_limit") == std::string_view::npos) return;
      ++count;
      BOOST_TEST(put(state));
    });
    call();
    backend().db.observe({});
    return count;
  }
  TokenClaims waiting;
  PublishQueue publish{backend().db, backend().queue_cache, settings};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publish_queue_test, OneWaits)

BOOST_AUTO_TEST_CASE(the_state_of_the_longest_queue_has_its_first_1024_superblocks) {
  services->execute(
      "INSERT INTO queue_gap (queue_id, level, block, left_count) SELECT 1, 2, seq, 9 FROM " +
      numbers(0, 1999));
  QueueState state;
  backend().vacancies.read(kMainQueue, {}, state);
  BOOST_TEST(state.vacancies_by_superblock.size() == 1024U);
  BOOST_TEST(state.superblocks_end == 1024);
}

BOOST_AUTO_TEST_CASE(the_state_is_published_as_the_database_has_it) {
  app().leave_queue.run(services->enter(user(3)));
  services->enter(user(4));
  publish.run(kMainQueue);
  BOOST_TEST(published().admitted_place == 0);
  BOOST_TEST(published().active_limit == 1);
  BOOST_TEST(published().vacancies_in_head_block == 1);
  BOOST_TEST(published().vacancies_by_superblock.size() == 1U);
  BOOST_TEST(published().total_of(0) == 1);
  backend().queues.set_paused(kMainQueue, true);
  backend().queues.set_limits(kMainQueue, {7, 8}, 1);
  publish.run(kMainQueue);
  BOOST_TEST(published().paused);
  BOOST_TEST(published().active_limit == 7);
  BOOST_TEST(published().admit_per_pass == 8);
}

BOOST_AUTO_TEST_CASE(each_pass_publishes_the_state_again) {
  for (const bool paused : {false, true}) {
    backend().queues.set_paused(kMainQueue, paused);
    for (int i = 0; i < 2; ++i) {
      publish.run(kMainQueue);
      BOOST_TEST(put(published(), 4000));
      services->maintain.run();
      BOOST_TEST((backend().db.now() - published_at() < 4000));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_state_is_believed_for_five_seconds) {
  publish.run(kMainQueue);
  QueueState state = published();
  state.pace_per_minute = 7;  // which the database does not say
  // The database's time is asked at a stale state: it may be some milliseconds less than the
  // estimate.
  for (const auto& [age_ms, is_believed] : {std::pair{0, true}, {1000, true}, {5100, false}}) {
    BOOST_TEST(put(state, age_ms));
    const auto before = backend().db.round_trips();
    services->poll(waiting);
    BOOST_TEST((backend().db.round_trips() == before) == is_believed, age_ms << " ms old");
    BOOST_TEST((published().pace_per_minute == 7) == is_believed);
  }
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_a_stale_state_is_better_than_none) {
  publish.run(kMainQueue);
  BOOST_TEST(put(published(), 60'000));
  backend().db.observe(
      [](std::string_view, const auto&) -> void { throw DatabaseUnavailable("away"); });
  const TokenAnswer answer = app().refresh_token.run(waiting);
  BOOST_CHECK(answer.state == TokenState::waiting);
  BOOST_TEST(answer.position.value() == 1);
  forget_cache();
  BOOST_CHECK_THROW(app().refresh_token.run(waiting), DatabaseUnavailable);
  backend().db.observe({});
}

// As after the restore of a dump.
BOOST_AUTO_TEST_CASE(a_stale_state_that_is_further_does_not_stay) {
  publish.run(kMainQueue);
  QueueState further = published();
  further.admitted_place = 500;
  BOOST_TEST(put(further, 5100));
  publish.run(kMainQueue);
  BOOST_TEST(published().admitted_place < 500);
}

BOOST_AUTO_TEST_CASE(an_older_state_is_not_published_over_a_newer_one) {
  publish.run(kMainQueue);
  QueueState newer = published();
  newer.admitted_place = 500;
  BOOST_TEST(put(newer));
  publish.run(kMainQueue);
  BOOST_TEST(published().admitted_place == 500);
}

// As after the clock of the database was set back, or by a forger.
BOOST_AUTO_TEST_CASE(a_state_of_the_future_is_replaced) {
  constexpr std::int64_t kHour_ms = 3'600'000;
  publish.run(kMainQueue);
  QueueState further = published();
  further.admitted_place = 500;
  BOOST_TEST(put(further, -kHour_ms));
  publish.run(kMainQueue);
  BOOST_TEST(published().admitted_place < 500);
  BOOST_TEST(put(further, -kHour_ms));
  BOOST_TEST(services->poll(waiting).position.value() == 1);
  BOOST_TEST(published().admitted_place < 500);
}

BOOST_AUTO_TEST_CASE(of_two_processes_that_publish_at_once_the_slower_one_gives_way) {
  publish.run(kMainQueue);
  const auto seen = backend().queue_cache.published(kMainQueue);
  QueueState mine = published();
  mine.pace_per_minute = 1;
  QueueState theirs = mine;
  theirs.pace_per_minute = 2;
  const Instant now = backend().db.now();
  BOOST_TEST(backend().queue_cache.publish(kMainQueue, theirs, now, seen));
  BOOST_TEST(!backend().queue_cache.publish(kMainQueue, mine, now, seen));
  BOOST_TEST(published().pace_per_minute == 2);
}

// A pass of another host: it read before this one admitted, and publishes in between.
BOOST_AUTO_TEST_CASE(an_older_state_that_was_published_first_does_not_stay) {
  publish.run(kMainQueue);
  QueueState older = published();
  settings.active_limit = 2;
  BOOST_TEST(services->maintain.run().admitted == 1);
  older.pace_per_minute = 7;  // another text
  backend().cache.remove("queue5:1");
  bool is_theirs = false;
  backend().db.observe([&](std::string_view sql, const auto&) {
    if (is_theirs || sql.find("FROM queue") == std::string_view::npos) return;
    is_theirs = true;
    BOOST_TEST(put(older));
  });
  publish.run(kMainQueue);
  BOOST_TEST(is_theirs);
  BOOST_TEST(published().admitted_place == waiting.place.value());
}

BOOST_AUTO_TEST_CASE(
    a_process_that_is_late_to_publish_the_same_state_reads_the_database_once_more) {
  publish.run(kMainQueue);
  const QueueState state = published();
  BOOST_TEST(looks([&] { publish.run(kMainQueue); }, state) == 2);
}

BOOST_AUTO_TEST_CASE(a_poll_that_finds_no_state_reads_it_once_whichever_process_publishes_first) {
  publish.run(kMainQueue);
  const QueueState state = published();
  forget_cache();
  BOOST_TEST(looks([&] { services->poll(waiting); }, state) == 1);
}

BOOST_AUTO_TEST_CASE(of_many_polls_of_a_round_that_find_no_state_the_first_alone_reads_it) {
  const TokenClaims next = services->enter(user(3));
  std::vector<std::string> keys;
  for (const TokenClaims& claims : {waiting, next}) {
    for (std::string& key :
         backend().queue_cache.poll_keys({kMainQueue, claims.issue(), claims.place}))
      keys.push_back(std::move(key));
  }
  forget_cache();
  backend().cache.prefetch(keys);
  services->poll(waiting);
  const auto before = backend().db.round_trips();
  BOOST_TEST(services->poll(next).position.value() == 2);
  BOOST_TEST(backend().db.round_trips() == before);
}

// By mistake each of two hosts has a memcached of its own; the passes run on the other one.
BOOST_AUTO_TEST_CASE(an_admitted_user_learns_it_where_no_pass_publishes_once_the_state_is_stale) {
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

BOOST_AUTO_TEST_CASE(a_poll_that_finds_memcached_empty_publishes_for_the_others) {
  services->poll(waiting);
  const auto before = backend().db.round_trips();
  services->poll(waiting);
  BOOST_TEST(backend().db.round_trips() == before);
}

// As while memcached keeps no entry of that size: another process has the turn to read it.
BOOST_AUTO_TEST_CASE(polls_that_find_no_state_do_not_each_read_it_for_all) {
  const TokenClaims next = services->enter(user(3));
  publish.run(kMainQueue);
  backend().cache.set("turn:queue5:1", "", 60);
  int reads = 0;
  backend().db.observe([&](std::string_view sql, const auto&) {
    if (sql.find("SNAPSHOT") != std::string_view::npos) ++reads;
  });
  for (int i = 0; i < 20; ++i) {
    backend().cache.remove("queue5:1");
    BOOST_TEST(services->poll(next).position.value() == 2);
    BOOST_TEST(app().issue_token.run(kMainQueue, user(3)).answer.position.value() == 2);
  }
  BOOST_TEST(reads == 0);
  backend().cache.remove("turn:queue5:1");
  for (int i = 0; i < 20; ++i) BOOST_TEST(services->poll(next).position.value() == 2);
  BOOST_TEST(reads == 1);
  backend().db.observe({});
}

BOOST_AUTO_TEST_CASE(a_queue_with_many_vacancies_is_published_in_few_bytes) {
  constexpr std::int64_t kBlocks = 5000;
  services->execute("INSERT INTO queue_gap SELECT 1, 1, seq, 600 FROM " + numbers(0, kBlocks - 1));
  services->execute(
      "INSERT INTO queue_gap SELECT queue_id, 2, block DIV 1024, SUM(left_count) FROM queue_gap "
      "GROUP BY queue_id, block DIV 1024");
  services->execute("UPDATE queue SET last_seq = ?", {kBlocks * kBlockSize});
  publish.run(kMainQueue);
  const auto entries = backend().cache.get({"queue5:1"});
  BOOST_TEST(entries.at("queue5:1")->value.size() < 1000U);
  BOOST_TEST(published().vacancies_before_superblock(4) ==
             published().vacancies_in_head_block + 600 * (4 * kBlockSize - 1));
  services->execute("DELETE FROM queue_gap");
}

BOOST_AUTO_TEST_CASE(nothing_is_read_where_nothing_can_be_published) {
  settings.memcached_servers = "";
  compose();
  const auto before = backend().db.round_trips();
  PublishQueue(backend().db, backend().queue_cache, settings).run(kMainQueue);
  BOOST_TEST(backend().db.round_trips() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
