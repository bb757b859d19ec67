#include "store/schema.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "store/session.h"
#include "support/process.h"
#include "support/servers.h"

namespace concert::test {
namespace {

// A database that nothing was migrated in.
struct BareDatabase {
  BareDatabase() { admin.run_text(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", name)); }
  ~BareDatabase() { admin.run_text(fmt::format("DROP DATABASE {}", name)); }
  BareDatabase(const BareDatabase&) = delete;
  BareDatabase& operator=(const BareDatabase&) = delete;

  static DatabaseUrl url_of(const std::string& database) {
    return DatabaseUrl::parse(
        fmt::format("mysql://root@/{}?socket={}", database, database_socket()));
  }
  std::int64_t tables() {
    auto rows = session.query(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
    rows.next();
    return rows.number(1);
  }

  std::string name = "bare";
  Session admin{url_of("mysql"), nullptr};
  Session session{url_of(name), nullptr};
  Schema schema{session};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(schema_test, BareDatabase)

BOOST_AUTO_TEST_CASE(a_bare_database_has_version_0) { BOOST_TEST(schema.version() == 0); }

BOOST_AUTO_TEST_CASE(migrating_brings_it_up_to_date_and_again_does_nothing) {
  BOOST_TEST(schema.migrate().size() >= 1U);
  BOOST_TEST(schema.version() == Schema::wanted_version());
  const auto made = tables();
  BOOST_TEST(schema.migrate().empty());
  BOOST_TEST(tables() == made);
  auto rows = session.query("SELECT COUNT(*) FROM schema_migration WHERE applied_at IS NULL");
  BOOST_REQUIRE(rows.next());
  BOOST_TEST(rows.number(1) == 0);
}

BOOST_AUTO_TEST_CASE(two_hosts_may_migrate_at_once_and_one_of_them_does_it) {
  const auto applied = in_parallel(2, [&](int) {
    Session mine(url_of(name), nullptr);
    return static_cast<int>(Schema(mine).migrate().size());
  });
  BOOST_TEST(std::min(applied[0], applied[1]) == 0);
  BOOST_TEST(std::max(applied[0], applied[1]) >= 1);
  BOOST_TEST(schema.version() == Schema::wanted_version());
}

BOOST_AUTO_TEST_CASE(a_database_newer_than_the_program_is_refused_untouched) {
  schema.migrate();
  session.execute(
      "INSERT INTO schema_migration (version, name, started_at, applied_at) VALUES (9999, 'later', "
      "NOW(3), NOW(3))");
  const auto made = tables();
  BOOST_CHECK_THROW(schema.migrate(), SchemaTooNew);
  BOOST_TEST(schema.version() == 9999);
  BOOST_TEST(tables() == made);
}

BOOST_AUTO_TEST_CASE(a_migration_that_was_killed_goes_on_where_it_stopped) {
  schema.migrate();
  const auto made = tables();
  // As if killed after a statement ran and before it was noted: two new tables, a changed one.
  session.run_text("DROP TABLE idempotency_key");
  session.execute(
      "UPDATE schema_migration SET applied_at = NULL, "
      "statements_done = statements_done - IF(version = 1, 2, 1)");
  BOOST_TEST(schema.version() < Schema::wanted_version());
  BOOST_TEST(schema.migrate().size() == 4U);
  BOOST_TEST(schema.version() == Schema::wanted_version());
  BOOST_TEST(tables() == made);
}

BOOST_AUTO_TEST_CASE(a_migration_that_is_killed_again_and_again_arrives_all_the_same) {
  int kills = 0;
  while (schema.version() < Schema::wanted_version()) {
    BOOST_REQUIRE(++kills < 100);
    in_parallel(1, [&](int) {
      Session mine(url_of(name), nullptr);
      int statements = 0;
      mine.observe([&](std::string_view, const std::vector<Value>&) {
        if (++statements > 12) ::_exit(0);
      });
      Schema(mine).migrate();
      return 0;
    });
  }
  BOOST_TEST(kills > 3);
  const FreshDatabase whole;
  auto rows = admin.query(
      "SELECT a.table_name FROM information_schema.columns a LEFT JOIN information_schema.columns "
      "b "
      "ON b.table_schema = ? AND b.table_name = a.table_name AND b.column_name = a.column_name "
      "WHERE a.table_schema = ? AND b.table_name IS NULL",
      {name, whole.name()});
  BOOST_TEST(!rows.next(), "a column is missing");
  auto queue = session.query("SELECT COUNT(*) FROM queue");
  BOOST_REQUIRE(queue.next());
  BOOST_TEST(queue.number(1) == 1);
}

BOOST_AUTO_TEST_CASE(the_lock_is_given_back_also_after_a_refusal) {
  schema.migrate();
  session.execute("UPDATE schema_migration SET version = 9999 WHERE version = 2");
  BOOST_CHECK_THROW(schema.migrate(), SchemaTooNew);
  auto rows = admin.query("SELECT IS_FREE_LOCK(CONCAT(?, '.migrate'))", {name});
  BOOST_REQUIRE(rows.next());
  BOOST_TEST(rows.number(1) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
