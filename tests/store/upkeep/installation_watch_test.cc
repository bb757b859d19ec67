#include "service/upkeep/installation_watch.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "ctl/doctor/doctor.h"
#include "store/session/errors.h"
#include "store/session/schema.h"
#include "support/logs.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

std::string title_of(const BookableDates& dates) { return dates.title; }

// Another server's database of the same name, with the same memcached, as two hosts of different
// operators have them.
struct Namesake {
  explicit Namesake(const Settings& settings) : own(settings) {
    const auto url = [&](const std::string& name) {
      return DatabaseUrl::parse(fmt::format("mysql://root@/{}?socket={}", name, server.socket()));
    };
    Session(url("mysql"), nullptr)
        .run_text(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", own.database.database));
    own.database = url(own.database.database);
    Session session(own.database, nullptr);
    Schema(session).migrate();
    services.emplace(own);
  }

  DatabaseServer server;
  Settings own;
  std::optional<Services> services;
};

struct PatientServices : OneDateToSpoil {
  PatientServices() {
    services.emplace(settings);
    backend().db.now();  // connects, and so learns the id
  }
};

// Two databases on one server; the second is a copy of the first and has its id.
struct Copy : OneDateOfFiftySeats {
  Copy() : copied(test_settings(copy)) {
    const std::string id = *backend().installation.id();
    Session(copied.database, nullptr).execute("UPDATE installation SET installation_id = ?", {id});
    for (auto* const of : {&services, &theirs}) {
      of->emplace(of == &theirs ? copied : settings);
      (*of)->app.backend.db.now();
    }
  }

  FreshDatabase copy;
  Settings copied;
  std::optional<Services> theirs;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(installation_watch_test, PatientServices)

BOOST_AUTO_TEST_CASE(a_server_that_does_not_say_where_it_is_is_cached_for_too) {
  Services other(settings);
  other.app.backend.db.observe([](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("@@GLOBAL.hostname") != std::string_view::npos)
      throw DatabaseError("there is no such variable");
  });
  other.app.backend.db.now();
  BOOST_TEST(other.app.backend.cache.knows_installation());
}

BOOST_AUTO_TEST_CASE(two_installations_whose_databases_have_one_name_do_not_meet_in_memcached) {
  Namesake other(settings);
  Services* const theirs = &*other.services;
  const TokenClaims mine = services->enter(user(1));
  const TokenClaims of_theirs = theirs->enter(user(1));
  BOOST_REQUIRE(mine.id == of_theirs.id);
  const ConcertId their_concert = theirs->stores.concerts.add("Another concert", "A venue");
  BOOST_REQUIRE(their_concert.value != 0);
  const ConcertId same = services->stores.concerts.add("A concert", "Elsewhere");
  BOOST_TEST(app().catalogue.dates(mine, ConcertId{1}, title_of).text == "A concert");
  BOOST_TEST(theirs->app.catalogue.dates(of_theirs, ConcertId{1}, title_of).text ==
             "Another concert");
  BOOST_TEST(same.value != 0);
  BOOST_REQUIRE(backend().cache.set("a_key", "mine", 60) == CacheOutcome::done);
  BOOST_TEST(theirs->app.backend.cache.get({"a_key"}).empty());
  BOOST_TEST(backend().cache.get({"a_key"}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_running_program_uses_a_renewed_id_within_a_second) {
  BOOST_REQUIRE(backend().cache.set("a_key", "of before", 60) == CacheOutcome::done);
  Services(settings).stores.installation.renew();
  const auto still_there = [&] {
    app().backend.installation_watch.look_if_due();
    return !backend().cache.get({"a_key"}).empty();
  };
  int looks = 0;
  while (still_there() && ++looks < 400) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(looks < 400);
}

BOOST_AUTO_TEST_CASE(a_program_that_reconnects_uses_the_id_that_it_then_finds) {
  BOOST_REQUIRE(backend().cache.set("a_key", "of before", 60) == CacheOutcome::done);
  const std::int64_t connection = services->number("SELECT CONNECTION_ID()");
  Session admin(settings.database, nullptr);
  admin.execute("UPDATE installation SET installation_id = 'another'");
  admin.run_text("KILL CONNECTION " + std::to_string(connection));
  services->number("SELECT 1");
  BOOST_TEST(backend().cache.get({"a_key"}).empty());
  BOOST_TEST(backend().cache.knows_installation());
}

// As during ALTER TABLE.
BOOST_AUTO_TEST_CASE(under_a_lock_the_last_known_id_stays_in_use_and_looks_pause) {
  BOOST_REQUIRE(backend().cache.set("a_key", "still there", 60) == CacheOutcome::done);
  Session locker(settings.database, nullptr);
  locker.run_text("LOCK TABLES installation WRITE");
  std::this_thread::sleep_for(std::chrono::milliseconds(1001));
  const auto before = backend().db.round_trips();
  const std::string log = logged_by([&] {
    // The first one waits for the lock until it is refused.
    for (int i = 0; i < 20; ++i) {
      app().backend.installation_watch.look_if_due();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  BOOST_TEST(backend().db.round_trips() - before == 1U);
  BOOST_TEST(backend().cache.get({"a_key"}).size() == 1U);
  const auto lines = log_lines(log);
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0]["level"].asString() == "warning", log);
}

BOOST_AUTO_TEST_CASE(a_program_that_connects_under_a_lock_goes_on) {
  const std::int64_t connection = services->number("SELECT CONNECTION_ID()");
  Session locker(settings.database, nullptr);
  locker.run_text("LOCK TABLES installation WRITE");
  locker.run_text("KILL CONNECTION " + std::to_string(connection));
  const std::string log = logged_by([&] { BOOST_TEST(services->number("SELECT 1") == 1); });
  BOOST_TEST(log.find("used under the last known one") != std::string::npos, log);
}

// MySQL waits for a lock for a second at least, and then no second look is due.
BOOST_AUTO_TEST_CASE(a_lock_is_warned_of_once_until_the_id_is_read_again,
                     *boost::unit_test::precondition(on_mariadb)) {
  services->execute("SET SESSION lock_wait_timeout = 0");  // a look under the lock fails at once
  const auto look = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1001));
    app().backend.installation_watch.look_if_due();
  };
  for (int i = 0; i < 2; ++i) {
    const std::string log = logged_under_lock("installation", [&] {
      look();
      look();
    });
    BOOST_TEST(log_lines(log).size() == 1U, log);
    look();
  }
}

// As while a new program meets the schema of the previous release.
BOOST_AUTO_TEST_CASE(without_its_table_everything_is_served_and_nothing_cached) {
  services->execute("DROP TABLE installation");
  const std::string log = logged_by([&] {
    compose();
    const TokenClaims claims = services->enter(user(1));
    for (int i = 0; i < 2; ++i) {
      BOOST_TEST(!app().catalogue.dates(claims, concert, title_of).hit);
      BOOST_TEST(app().balances.show(claims) == 0);
      app().refresh_token.run(claims);
    }
    services->maintain.run();
    // Two looks, a second apart.
    std::this_thread::sleep_for(std::chrono::milliseconds(1001));
    app().backend.installation_watch.look_if_due();
    app().backend.installation_watch.look_if_due();
  });
  const auto lines = log_lines(log);
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0]["level"].asString() == "warning");
  BOOST_TEST(lines[0]["message"].asString().find("concertctl migrate") != std::string::npos, log);
}

BOOST_AUTO_TEST_CASE(every_installation_has_an_id_of_its_own_that_another_migration_keeps) {
  const std::string id = *backend().installation.id();
  BOOST_TEST(id.size() == 16U);
  const FreshDatabase other;
  Session session(DatabaseUrl::parse(other.url()), nullptr);
  BOOST_TEST(*InstallationStore(session).id() != id);
  // A migration that was killed after its last statement, before that was noted, runs it again.
  services->execute("UPDATE schema_migration SET applied_at = NULL WHERE version >= 5");
  services->execute(
      "UPDATE schema_migration SET statements_done = statements_done - 1 WHERE version = 5");
  Session again(settings.database, nullptr);
  BOOST_TEST(Schema(again).migrate().front().version == 5);
  BOOST_TEST(*backend().installation.id() == id);
}

BOOST_FIXTURE_TEST_CASE(the_doctor_names_the_database_that_has_the_same_id, Copy) {
  for (Services* const each : {&*services, &*theirs}) {
    const Finding finding = look_at_installation(each->app.backend);
    const bool is_copy = each != &*services;
    const std::string other = is_copy ? settings.database.database : copied.database.database;
    BOOST_TEST(!finding.ok);
    BOOST_TEST(finding.text.find("the database " + other + " on ") == 0U, finding.text);
    BOOST_TEST(finding.text.find("concertctl installation renew") != std::string::npos);
  }
  theirs->stores.installation.renew();
  Services renewed(copied);
  renewed.app.backend.db.now();
  BOOST_TEST(look_at_installation(renewed.app.backend).ok);
}

BOOST_AUTO_TEST_CASE(a_database_seen_more_than_a_minute_ago_is_no_finding) {
  const Instant now = backend().db.now();
  const auto finds = [&](Instant seen_at) {
    forget_cache();
    HomeCache(backend().cache).note({"an old server", "", seen_at});
    return !look_at_installation(app().backend).ok;
  };
  BOOST_TEST(finds(now));
  BOOST_TEST(!finds(now + -70'000));
  BOOST_TEST(!finds(now + 70'000));
}

BOOST_AUTO_TEST_CASE(two_nodes_of_one_cluster_are_one_database) {
  HomeCache homes(backend().cache);
  forget_cache();
  homes.note({"node 2", "", backend().db.now()});
  BOOST_TEST(!look_at_installation(app().backend).ok);
  const DatabaseIdentity node{"node 1", "a cluster"};
  BOOST_TEST(is_same_database({"node 2", "a cluster", {}}, node));
  BOOST_TEST(!is_same_database({"node 2", "another cluster", {}}, node));
  BOOST_TEST(!is_same_database({"node 2", "", {}}, {"node 1", ""}));
  BOOST_TEST(is_same_database({"node 1", "", {}}, {"node 1", ""}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
