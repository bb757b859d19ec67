#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "http/prefetch.h"
#include "http/routes.h"
#include "service/admin/change_catalogue.h"
#include "service/sale/catalogue.h"
#include "support/logs.h"
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

  Catalogue::Dates list() { return app().catalogue.dates(claims, concert, ids_of); }
  // As a process that has just connected to the database.
  Catalogue::Dates list_as_new_process(ConcertId of) {
    return Services(settings).app.catalogue.dates(claims, of, ids_of);
  }
  Instant now() { return backend().db.now(); }
  DatesCache::Found found() { return backend().dates_cache.find(concert, claims.issue(), now()); }
  std::optional<Cache::Entry> lease() { return backend().dates_cache.lease(concert, now()); }
  // A list that would be used, but for what a test changes in it.
  CachedDates good(const std::string& text) {
    return {text, now(), Instant{std::numeric_limits<std::int64_t>::max()},
            backend().concerts.newest()};
  }
  // As a replica that had not yet received the newest rows: it gives their ids out again.
  void lose(const std::string& table, std::int64_t id) {
    services->execute("DELETE FROM seat WHERE concert_date_id = ? AND ? = 'concert_date'",
                      {id, table});
    services->execute(fmt::format("DELETE FROM {0} WHERE {0}_id = ?", table), {id});
    services->execute(fmt::format("ALTER TABLE {} AUTO_INCREMENT = {}", table, id));
  }
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
           service.app.balances.show(claims);
           int asked = 0;
           service.app.backend.db.observe([&](std::string_view sql, const std::vector<Value>&) {
             if (sql.find("FROM concert c LEFT JOIN concert_date") != std::string_view::npos)
               ++asked;
           });
           warm.arrive_and_wait();
           const auto result = service.app.catalogue.dates(claims, concert, ids_of);
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
  const auto mine = lease();
  BOOST_REQUIRE(mine);
  backend().dates_cache.invalidate(concert);
  backend().dates_cache.fill(concert, *mine, good("old"), 3600);
  BOOST_TEST(list().text == text_of({date}));
}

BOOST_AUTO_TEST_CASE(a_list_read_under_a_lease_that_another_took_over_is_not_stored) {
  const auto mine = lease();
  backend().dates_cache.invalidate(concert);
  const auto theirs = lease();
  BOOST_REQUIRE(mine);
  BOOST_REQUIRE(theirs);
  backend().dates_cache.fill(concert, *theirs, good("new"), 3600);
  backend().dates_cache.fill(concert, *mine, good("old"), 3600);
  BOOST_TEST(list().text == "new");
}

BOOST_AUTO_TEST_CASE(of_several_misses_one_gets_the_lease) {
  BOOST_TEST(lease().has_value());
  BOOST_TEST(!lease().has_value());
  BOOST_TEST(found().being_filled);
  backend().dates_cache.abandon(concert);
  BOOST_TEST(lease().has_value());
}

BOOST_AUTO_TEST_CASE(a_list_is_read_from_the_database_if_the_holder_of_the_lease_never_fills) {
  BOOST_TEST(lease().has_value());
  const auto listed = list();
  BOOST_TEST(!listed.hit);
  BOOST_TEST(listed.text == text_of({date}));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_too_long_for_memcached_keeps_nobody_waiting) {
  constexpr std::size_t kMostOfMemcached = 1024 * 1024;
  backend().dates_cache.fill(concert, *lease(), good(std::string(kMostOfMemcached, 'x')), 3600);
  BOOST_TEST(!found().being_filled);
  BOOST_TEST(!list().hit);
  BOOST_TEST(list().hit);
}

BOOST_AUTO_TEST_CASE(a_date_that_has_begun_is_never_listed_however_old_the_cache) {
  CachedDates dates = good("a list with a date that has begun");
  dates.good_until = now();
  backend().dates_cache.fill(concert, *lease(), dates, 3600);
  begin_in(date, 0);
  const auto listed = list();
  BOOST_TEST(!listed.hit);
  BOOST_TEST(listed.text == text_of({}));
  BOOST_TEST(list().hit);
}

// The clock of the session stands for the server's.
BOOST_AUTO_TEST_CASE(a_date_that_begins_because_the_databases_clock_is_set_is_listed_no_more) {
  begin_in(date, 60'000);
  list();
  BOOST_TEST(list().hit);
  backend().db.run_text("SET timestamp = UNIX_TIMESTAMP() + 120");
  std::this_thread::sleep_for(std::chrono::milliseconds(1001));
  app().catalogue.look_if_due();
  BOOST_TEST(list().text == text_of({}));
}

// Each list that is filled puts the next look off.
BOOST_AUTO_TEST_CASE(a_clock_that_is_set_is_seen_while_other_lists_are_filled_all_the_time) {
  begin_in(date, 60'000);
  list();
  const ConcertId other = backend().concerts.add("Another concert", "A venue");
  const auto fill = [&] {
    backend().dates_cache.invalidate(other);
    app().catalogue.dates(claims, other, ids_of);
    app().catalogue.look_if_due();
  };
  fill();
  list();
  BOOST_TEST(list().hit);
  backend().db.run_text("SET timestamp = UNIX_TIMESTAMP() + 120");
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    fill();
  }
  BOOST_TEST(list().text == text_of({}));
}

BOOST_AUTO_TEST_CASE(a_new_concert_with_a_lost_concerts_id_shows_its_own_title) {
  concert = backend().concerts.add("A concert that will be lost", "A venue");
  BOOST_TEST(list_as_new_process(concert).text == "A concert that will be lost:");
  BOOST_TEST(list().hit);
  lose("concert", concert.value);
  BOOST_TEST(refused([&] { list_as_new_process(concert); }) == "CONCERT_NOT_FOUND");
  BOOST_REQUIRE(backend().concerts.add("Another concert", "A venue") == concert);
  BOOST_TEST(list_as_new_process(concert).text == "Another concert:");
}

// The process that filled the cache has no reason to connect again.
BOOST_AUTO_TEST_CASE(a_running_process_shows_the_new_concerts_title_within_a_second) {
  concert = backend().concerts.add("A concert that will be lost", "A venue");
  list();
  lose("concert", concert.value);
  BOOST_REQUIRE(backend().concerts.add("Another concert", "A venue") == concert);
  const auto shown = [&] {
    app().catalogue.look_if_due();
    return list().text;
  };
  int looks = 0;
  while (shown() != "Another concert:" && ++looks < 1000)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(looks < 1000);
}

BOOST_AUTO_TEST_CASE(a_change_of_a_concert_is_shown_by_a_new_process_at_once) {
  list();
  BOOST_TEST(list().hit);
  ChangeCatalogue change(backend().db, {"a", "b", ""});
  change.set_concert(concert, {.title = "Renamed"});
  BOOST_TEST(list_as_new_process(concert).text == fmt::format("Renamed: {}", date.value));
  BOOST_TEST(list_as_new_process(concert).hit);
  change.add_seats(date, 1, 100);
  BOOST_TEST(!list_as_new_process(concert).hit);
}

BOOST_AUTO_TEST_CASE(a_running_process_shows_a_changed_title_within_a_second) {
  list();
  ChangeCatalogue(backend().db, {"a", "b", ""}).set_concert(concert, {.title = "Renamed"});
  const auto shown = [&] {
    app().catalogue.look_if_due();
    return list().text;
  };
  int looks = 0;
  while (!shown().starts_with("Renamed:") && ++looks < 1000)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(looks < 1000);
}

// As during ALTER TABLE.
BOOST_AUTO_TEST_CASE(under_a_lock_cached_lists_are_shown_and_looks_pause) {
  list();
  Session locker(settings.database, nullptr);
  locker.run_text("LOCK TABLES concert_date WRITE");
  std::this_thread::sleep_for(std::chrono::milliseconds(1001));
  int looks = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("CONCAT_WS('/'") != std::string_view::npos) ++looks;
  });
  const std::string log = logged_by([&] {
    // The first one waits for the lock until it is refused.
    for (int i = 0; i < 20; ++i) {
      app().catalogue.look_if_due();
      BOOST_TEST(list().hit);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  BOOST_TEST(looks == 1);
  const auto lines = log_lines(log);
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0]["level"].asString() == "warning", log);
}

// MySQL waits for a lock for a second at least, and then no second look is due.
BOOST_AUTO_TEST_CASE(a_lock_is_warned_of_once_until_the_catalogue_is_read_again,
                     *boost::unit_test::precondition(on_mariadb)) {
  services->execute("SET SESSION lock_wait_timeout = 0");  // a look under the lock fails at once
  const auto look = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1001));
    app().catalogue.look_if_due();
  };
  for (int i = 0; i < 2; ++i) {
    const std::string log = logged_under_lock("concert_date", [&] {
      look();
      look();
    });
    BOOST_TEST(log_lines(log).size() == 1U, log);
    look();
  }
}

BOOST_AUTO_TEST_CASE(without_memcached_the_catalogue_is_not_compared) {
  settings.memcached_servers.clear();
  Services own(settings);
  own.app.backend.db.now();
  const auto before = own.app.backend.db.round_trips();
  own.app.catalogue.look_if_due();
  BOOST_TEST(own.app.backend.db.round_trips() == before);
}

// Otherwise a user would choose the date of one concert and hold seats of another.
BOOST_AUTO_TEST_CASE(a_lost_date_is_not_listed_for_its_concert_after_another_got_its_id) {
  const DateId lost = add_date(1);
  BOOST_TEST(list().text == text_of({date, lost}));
  lose("concert_date", lost.value);
  const ConcertId listed = concert;
  concert = backend().concerts.add("Another concert", "A venue");
  BOOST_REQUIRE(add_date(1) == lost);
  concert = listed;
  BOOST_TEST(list_as_new_process(concert).text == text_of({date}));
}

BOOST_AUTO_TEST_CASE(processes_agree_on_a_list_again_after_one_read) {
  Services other(settings);
  const auto hit = [&](Services& of) {
    return of.app.catalogue.dates(claims, concert, ids_of).hit;
  };
  list();
  BOOST_TEST(hit(other));
  backend().concerts.add("Another concert", "A venue");
  BOOST_TEST(!list_as_new_process(concert).hit);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(hit(other));
    BOOST_TEST(list().hit);
  }
}

BOOST_AUTO_TEST_CASE(a_list_past_its_life_or_of_the_future_is_not_used) {
  for (const std::int64_t age_ms : {settings.dates_cache_seconds * 1000, std::int64_t{-60'000}}) {
    CachedDates dates = good("not to be believed");
    dates.read_at = now() + -age_ms;
    forget_cache();
    backend().dates_cache.fill(concert, *lease(), dates, 3600);
    BOOST_TEST(list().text == text_of({date}), age_ms);
    BOOST_TEST(list().hit);
  }
}

BOOST_AUTO_TEST_CASE(a_list_that_another_wrote_into_memcached_is_not_shown_and_is_replaced) {
  const CachedDates dates = good("forged");
  const std::string forged = fmt::format("{} {} {} {}", dates.read_at.ms, dates.good_until.ms,
                                         dates.catalogue, dates.text);
  for (const std::string& text : {forged, std::string(Seal::kCodeBytes, 'x') + forged}) {
    BOOST_TEST(ask_memcached("set " + name_in_memcached("dates:" + std::to_string(concert.value)) +
                             fmt::format(" 0 3600 {}\r\n", text.size()) + text) == "STORED\r\n");
    const auto listed = list();
    BOOST_TEST(!listed.hit);
    BOOST_TEST(listed.text == text_of({date}));
    BOOST_TEST(list().hit);
  }
}

// As when another client of memcached keeps it there, or a clock was set.
BOOST_AUTO_TEST_CASE(a_lease_ends_with_its_life_even_if_another_client_keeps_it) {
  for (const std::int64_t age_ms : {2000, -60'000}) {
    forget_cache();
    BOOST_REQUIRE(backend().dates_cache.lease(concert, now() + -age_ms));
    BOOST_TEST(!found().being_filled);
    BOOST_TEST(!list().hit);
    BOOST_TEST(list().hit);
  }
}

// It was in its worker's round, or in the backlog, while other requests waited for leases.
BOOST_AUTO_TEST_CASE(a_request_that_has_waited_two_seconds_waits_for_no_lease) {
  Request request;
  request.method = "GET";
  request.target = fmt::format("/concerts/{}/dates", concert.value);
  request.token_header = app().token_text.sign(claims, now());
  const auto looks = [&] {
    forget_cache();
    app().balances.show(claims);
    BOOST_REQUIRE(lease());
    const auto before = backend().cache.round_trips();
    PrefetchList wanted;
    Call call = open_call(app(), request, wanted);
    BOOST_TEST(answer(app(), call).status == 200);
    return backend().cache.round_trips() - before;
  };
  request.taken_at = std::chrono::steady_clock::now() - std::chrono::milliseconds(2000);
  BOOST_TEST(looks() <= 2U);
  request.taken_at = std::chrono::steady_clock::now();
  request.waited_ms = 2000;
  BOOST_TEST(looks() <= 2U);
  request.taken_at = std::chrono::steady_clock::now();
  request.waited_ms = 0;
  BOOST_TEST(looks() > 10U);
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
  const auto cached = found().dates;
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
  BOOST_TEST(!found().being_filled);
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
