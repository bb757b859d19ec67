#include "service/list_dates.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"
#include "support/race.h"

namespace concert::test {
namespace {

std::string ids_of(const BookableDates& dates) {
  std::string text = dates.title + ":";
  for (const ConcertDate& date : dates.dates) text += " " + std::to_string(date.id.value);
  return text;
}

struct OneReader : OneDateOfFiftySeats {
  OneReader() : claims(services->enter(user(1))) {}

  ListDates::Result list() { return app().list_dates.run(claims, concert, ids_of); }
  std::string text_of(const std::vector<DateId>& dates) {
    std::string text = "A concert:";
    for (const DateId id : dates) text += " " + std::to_string(id.value);
    return text;
  }
  std::int64_t cached_for_s() {
    const std::string answer =
        ask_memcached("mg " + name_in_memcached("dates:" + std::to_string(concert.value)) + " t");
    BOOST_REQUIRE_MESSAGE(answer.rfind("HD t", 0) == 0, answer);
    return std::stoll(answer.substr(4));
  }
  void begin_in(DateId id, int ms) {
    services->execute(
        "UPDATE concert_date SET starts_at = NOW(3) + INTERVAL ? MICROSECOND WHERE concert_date_id "
        "= ?",
        {ms * 1000, id});
  }
  // How many of `count` processes that list the dates at once read them from the database.
  int reads_of_stampede(int count) {
    Barrier warm(count);
    int reads = 0;
    for (const int mine : in_parallel(count, [&](int) {
           Services service(settings);
           service.app.show_balance.run(claims);
           int asked = 0;
           service.app.backend.db.observe([&](std::string_view sql, const std::vector<Value>&) {
             if (sql.find("FROM concert c LEFT JOIN concert_date") != std::string_view::npos)
               ++asked;
           });
           warm.arrive_and_wait();
           const auto result = service.app.list_dates.run(claims, concert, ids_of);
           return result.text == text_of({date}) ? asked : -1;
         })) {
      BOOST_TEST(mine >= 0);
      reads += mine;
    }
    return reads;
  }

  TokenClaims claims;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(list_dates_test, OneReader)

BOOST_AUTO_TEST_CASE(the_first_list_is_a_miss_and_the_next_ones_are_hits) {
  const auto first = list();
  BOOST_TEST(!first.hit);
  BOOST_TEST(first.text == text_of({date}));
  for (int i = 0; i < 3; ++i) {
    const auto next = list();
    BOOST_TEST(next.hit);
    BOOST_TEST(next.text == first.text);
  }
}

BOOST_AUTO_TEST_CASE(dates_come_in_the_order_of_their_beginning) {
  const DateId second = add_date(1);
  begin_in(second, 60'000);
  BOOST_TEST(list().text == text_of({second, date}));
}

BOOST_AUTO_TEST_CASE(a_date_that_was_added_is_listed_at_once) {
  list();
  const DateId second = add_date(1);
  backend().dates_cache.invalidate(concert);
  const auto listed = list();
  BOOST_TEST(!listed.hit);
  BOOST_TEST(listed.text == text_of({date, second}));
}

BOOST_AUTO_TEST_CASE(a_list_read_before_a_date_was_added_is_not_stored_after) {
  const auto lease = backend().dates_cache.lease(concert);
  BOOST_REQUIRE(lease);
  backend().dates_cache.invalidate(concert);
  backend().dates_cache.fill(concert, *lease,
                             {"old", Instant{std::numeric_limits<std::int64_t>::max()}}, 3600);
  BOOST_TEST(list().text == text_of({date}));
}

BOOST_AUTO_TEST_CASE(a_list_read_under_a_lease_that_another_took_over_is_not_stored) {
  const auto mine = backend().dates_cache.lease(concert);
  backend().dates_cache.invalidate(concert);
  const auto theirs = backend().dates_cache.lease(concert);
  BOOST_REQUIRE(mine);
  BOOST_REQUIRE(theirs);
  const Instant good{std::numeric_limits<std::int64_t>::max()};
  backend().dates_cache.fill(concert, *theirs, {"new", good}, 3600);
  backend().dates_cache.fill(concert, *mine, {"old", good}, 3600);
  BOOST_TEST(list().text == "new");
}

BOOST_AUTO_TEST_CASE(only_one_of_those_who_miss_gets_the_lease) {
  BOOST_TEST(backend().dates_cache.lease(concert).has_value());
  BOOST_TEST(!backend().dates_cache.lease(concert).has_value());
  BOOST_TEST(backend().dates_cache.find(concert, claims.id).being_filled);
  backend().dates_cache.abandon(concert);
  BOOST_TEST(backend().dates_cache.lease(concert).has_value());
}

BOOST_AUTO_TEST_CASE(a_list_is_read_all_the_same_where_whoever_has_the_lease_never_fills) {
  BOOST_TEST(backend().dates_cache.lease(concert).has_value());
  const auto listed = list();
  BOOST_TEST(!listed.hit);
  BOOST_TEST(listed.text == text_of({date}));
}

BOOST_AUTO_TEST_CASE(a_date_that_has_begun_is_never_listed_however_old_the_cache) {
  const auto lease = backend().dates_cache.lease(concert);
  const Instant now = backend().db.now();
  backend().dates_cache.fill(concert, *lease, {"a list with a date that has begun", now}, 3600);
  begin_in(date, 0);
  const auto listed = list();
  BOOST_TEST(!listed.hit);
  BOOST_TEST(listed.text == text_of({}));
  BOOST_TEST(list().hit);
}

BOOST_AUTO_TEST_CASE(a_list_lives_as_long_as_configured) {
  settings.dates_cache_seconds = 77;
  list();
  BOOST_TEST(cached_for_s() <= 77);
  BOOST_TEST(cached_for_s() >= 70);
}

BOOST_AUTO_TEST_CASE(a_list_lives_shorter_when_one_of_its_dates_begins_sooner) {
  begin_in(date, 30'000);
  list();
  BOOST_TEST(cached_for_s() <= 31);
  const auto cached = backend().dates_cache.find(concert, claims.id).dates;
  BOOST_REQUIRE(cached);
  BOOST_TEST((cached->good_until - backend().db.now()) <= 31'000);
}

BOOST_AUTO_TEST_CASE(a_concert_without_dates_has_an_empty_list) {
  concert = backend().concerts.add("A concert", "Elsewhere");
  BOOST_TEST(list().text == text_of({}));
  BOOST_TEST(list().hit);
}

BOOST_AUTO_TEST_CASE(a_concert_that_does_not_exist_is_refused_and_not_cached) {
  concert = ConcertId{999'999'999};
  BOOST_TEST(refused([&] { list(); }) == "CONCERT_NOT_FOUND");
  BOOST_TEST(!backend().dates_cache.find(concert, claims.id).being_filled);
}

BOOST_AUTO_TEST_CASE(the_token_is_judged_before_the_concert) {
  app().leave_queue.run(claims);
  concert = ConcertId{999'999'999};
  BOOST_TEST(refused([&] { list(); }) == "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  claims = services->enter(user(1));
  BOOST_TEST(refused([&] { list(); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_CASE(a_stampede_of_misses_makes_one_database_read) {
  BOOST_TEST(reads_of_stampede(30) == 1);
}

BOOST_AUTO_TEST_CASE(without_the_lease_a_stampede_makes_as_many_reads_as_there_are_users) {
  settings.memcached_servers = "";
  BOOST_TEST(reads_of_stampede(30) == 30);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
