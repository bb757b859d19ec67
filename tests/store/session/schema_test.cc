#include "store/session/schema.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "store/session/lease.h"
#include "store/session/session.h"
#include "support/process.h"
#include "support/race.h"
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

  // As though a migration were under way through that server.
  void lease_to(const std::string& server, const char* interval) const {
    Session mine(url_of(name), nullptr);
    mine.execute(fmt::format("UPDATE named_lock SET holder = ?, server = ?, held_until = NOW(3) + "
                             "{} WHERE name = 'migrate'",
                             interval),
                 {server, server});
  }
  std::string lease_holder() {
    auto rows = session.query("SELECT COALESCE(holder, '') FROM named_lock WHERE name = 'migrate'");
    return rows.next() ? rows.text(1) : "none";
  }

  // As before migration 0004, which alters the table `reservation`.
  void go_back() {
    schema.migrate();
    session.run_text(
        "ALTER TABLE reservation ADD KEY reservation_of_user_and_date (user_id, concert_date_id), "
        "DROP KEY reservation_of_user_date_state");
    // A later migration of several changes does not expect to find more than its first one made.
    session.run_text(
        "ALTER TABLE concert DROP COLUMN description, DROP COLUMN image_url, DROP COLUMN "
        "time_zone, "
        "DROP COLUMN import_key");
    session.run_text(
        "ALTER TABLE concert_date DROP KEY concert_date_takes_place, DROP KEY concert_date_begins, "
        "DROP COLUMN takes_place_at, DROP COLUMN begins_at, DROP COLUMN closes_at");
    session.run_text(
        "ALTER TABLE concert_date DROP CONSTRAINT concert_date_cancelled, DROP COLUMN "
        "cancelled_at, "
        "DROP COLUMN refunds_ended_at");
    session.run_text(
        "ALTER TABLE concert_date DROP COLUMN on_sale_at, DROP COLUMN sales_end_at, "
        "DROP COLUMN stopped_at, DROP COLUMN real_starts_at");
    session.run_text(
        "ALTER TABLE concert_date DROP KEY concert_date_import_key, DROP COLUMN venue, "
        "DROP COLUMN import_key, DROP COLUMN holds_pruned");
    session.run_text("ALTER TABLE named_lock DROP COLUMN taken_at");
    session.run_text("ALTER TABLE reservation_seat DROP COLUMN refunded_at");
    session.run_text("ALTER TABLE seat DROP COLUMN row_no, DROP COLUMN is_accessible");
    session.run_text(
        "ALTER TABLE queue DROP KEY queue_name, DROP COLUMN name, "
        "DROP COLUMN highest_admitted_seq, DROP COLUMN visit_count, DROP COLUMN visit_seat_count, "
        "DROP COLUMN returned_count");
    session.run_text("DROP TABLE token_return");
    session.run_text("ALTER TABLE token DROP COLUMN unclaimed, DROP COLUMN readmitted_at");
    session.run_text("ALTER TABLE concert DROP KEY concert_queue, DROP COLUMN queue_id");
    session.run_text(
        "ALTER TABLE concert_date ADD CONSTRAINT concert_date_seats CHECK (seat_count > 0)");
    session.run_text("ALTER TABLE seat ADD CONSTRAINT seat_number_range CHECK (seat_number > 0)");
    session.run_text(
        "ALTER TABLE reservation ADD CONSTRAINT reservation_seats CHECK (seat_count > 0)");
    session.execute("DELETE FROM schema_migration WHERE version >= 4");
  }

  std::string name = "bare";
  Session admin{url_of("mysql"), nullptr};
  Session session{url_of(name), nullptr};
  Schema schema{session};
};

// What a dump or a report does, until it ends.
struct LongReader {
  explicit LongReader(const DatabaseUrl& url) : session(url, nullptr) {
    session.begin_snapshot();
    auto rows = session.query("SELECT CONNECTION_ID(), COUNT(*) FROM reservation");
    BOOST_REQUIRE(rows.next());
    connection = std::to_string(rows.number(1));
  }
  Session session;
  std::string connection;
};

std::string refusal_of(Session& session) {
  using namespace std::chrono_literals;
  try {
    Schema(session, {0ms, 10ms}).migrate();
  } catch (const TableInUse& error) {
    return error.what();
  }
  return "";
}

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

BOOST_AUTO_TEST_CASE(a_migration_through_another_node_is_waited_for_and_nothing_is_done_beside_it) {
  using namespace std::chrono_literals;
  schema.migrate();
  lease_to("another node", "INTERVAL 1 HOUR");
  session.execute("UPDATE schema_migration SET applied_at = NULL WHERE version = 4");
  BOOST_CHECK_THROW(Schema(session, {0ms, 10ms}).migrate(), LeaseTaken);
  auto rows = session.query("SELECT applied_at FROM schema_migration WHERE version = 4");
  BOOST_REQUIRE(rows.next());
  BOOST_TEST(rows.is_null(1));
}

BOOST_AUTO_TEST_CASE(a_lease_is_taken_over_at_once_on_its_own_server_else_when_it_has_ended) {
  using namespace std::chrono_literals;
  schema.migrate();
  lease_to(server_of(session), "INTERVAL 1 HOUR");
  BOOST_CHECK_NO_THROW(Schema(session, {0ms, 10ms}).migrate());
  lease_to("another node", "INTERVAL 0 SECOND");
  BOOST_CHECK_NO_THROW(Schema(session, {0ms, 10ms}).migrate());
  BOOST_TEST(lease_holder() == "");
}

BOOST_AUTO_TEST_CASE(who_lost_the_lease_half_way_changes_nothing_more_and_notes_nothing) {
  schema.migrate();
  session.execute(
      "UPDATE schema_migration SET applied_at = NULL, statements_done = 0 WHERE version = 3");
  session.execute("DELETE FROM schema_migration WHERE version > 3");
  session.run_text("DROP TABLE admin_action");
  Session losing(url_of(name), nullptr);
  int changes = 0;
  losing.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("CREATE TABLE IF NOT EXISTS admin_action") == 0) {
      ++changes;
      lease_to("another node", "INTERVAL 1 HOUR");
    }
    if (sql.find("ALTER TABLE") == 0) ++changes;
  });
  BOOST_CHECK_THROW(Schema(losing).migrate(), LeaseTaken);
  BOOST_TEST(changes == 1);
  auto rows = session.query("SELECT statements_done FROM schema_migration WHERE version = 3");
  BOOST_REQUIRE(rows.next());
  BOOST_TEST(rows.number(1) == 0);
  BOOST_TEST(lease_holder() == "another node");
}

BOOST_AUTO_TEST_CASE(of_many_that_want_one_lease_through_different_servers_one_has_it) {
  schema.migrate();
  session.run_text("CREATE TABLE inside (id INT PRIMARY KEY)");
  const auto collisions = in_parallel(4, [&](int i) {
    Session mine(url_of(name), nullptr);
    int found = 0;
    for (int round = 0; round < 5; ++round) {
      const Lease lease(mine, "test", std::to_string(i), std::chrono::minutes(1));
      try {
        mine.execute("INSERT INTO inside VALUES (1)");
      } catch (const Duplicate&) {
        ++found;  // another is inside, too
      }
      mine.execute("DELETE FROM inside");
    }
    return found;
  });
  BOOST_TEST(collisions == std::vector<int>(4, 0), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(with_a_look_before_a_plain_update_two_have_the_lease) {
  schema.migrate();
  session.execute("INSERT INTO named_lock (name) VALUES ('test')");
  BOOST_TEST(happens_within(100, [&] {
    session.execute("UPDATE named_lock SET holder = NULL WHERE name = 'test'");
    const auto got = in_parallel(4, [&](int i) {
      Session mine(url_of(name), nullptr);
      {
        auto rows = mine.query("SELECT holder FROM named_lock WHERE name = 'test'");
        if (!rows.next() || !rows.is_null(1)) return 0;
      }
      mine.execute("UPDATE named_lock SET holder = ? WHERE name = 'test'", {i});
      return 1;
    });
    return got[0] + got[1] + got[2] + got[3] > 1;
  }));
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

BOOST_AUTO_TEST_CASE(a_migration_that_was_killed_continues_where_it_stopped) {
  const auto all = schema.migrate().size();
  const auto made = tables();
  // As if killed after a statement ran and before it was noted: two new tables, a changed one.
  session.run_text("DROP TABLE idempotency_key");
  session.execute(
      "UPDATE schema_migration SET applied_at = NULL, "
      "statements_done = statements_done - IF(version = 1, 2, 1)");
  BOOST_TEST(schema.version() < Schema::wanted_version());
  BOOST_TEST(schema.migrate().size() == all);
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
        if (++statements > 24) ::_exit(0);
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

BOOST_AUTO_TEST_CASE(beside_a_migration_that_waits_for_a_reader_every_request_gets_its_table) {
  using namespace std::chrono_literals;
  go_back();
  std::atomic<bool> has_failed = false;
  const auto failed = in_parallel(3, [&](int i) {
    Session mine(url_of(name), nullptr);
    if (i == 0) {
      LongReader reader(url_of(name));
      int attempts = 0;
      mine.observe([&](std::string_view sql, const std::vector<Value>&) {
        if (sql.find("ALTER TABLE reservation") == 0 && ++attempts == 3) reader.session.rollback();
      });
      try {
        Schema(mine, {60s, 100ms}).migrate();
      } catch (...) {
        has_failed = true;
        throw;
      }
      return attempts < 3 ? 1 : 0;
    }
    while (!has_failed && Schema(mine).version() < Schema::wanted_version()) {
      try {
        mine.query("SELECT COUNT(*) FROM reservation");
        mine.execute("UPDATE reservation SET state = 'RELEASED' WHERE reservation_id = 0");
      } catch (const RetryTransaction&) {
        return 1;
      }
    }
    return 0;
  });
  BOOST_TEST(failed == std::vector<int>(3, 0), boost::test_tools::per_element());
  BOOST_TEST(schema.version() == Schema::wanted_version());
}

BOOST_AUTO_TEST_CASE(a_migration_whose_table_somebody_keeps_open_says_who_and_changes_nothing) {
  go_back();
  LongReader reader(url_of(name));
  const std::string refusal = refusal_of(session);
  BOOST_TEST(refusal.find("`ALTER TABLE reservation`") != std::string::npos, refusal);
  BOOST_TEST(refusal.find("first: " + reader.connection + ".") != std::string::npos, refusal);
  BOOST_TEST(schema.version() == 3);
  reader.session.rollback();
  BOOST_TEST(schema.migrate().front().version == 4);
}

BOOST_AUTO_TEST_CASE(an_account_that_may_not_see_who_has_a_table_open_says_how_to_see_it) {
  go_back();
  const LongReader reader(url_of(name));
  admin.run_text("CREATE USER migrator@localhost");
  admin.run_text(fmt::format("GRANT ALL ON {}.* TO migrator@localhost", name));
  DatabaseUrl url = url_of(name);
  url.user = "migrator";
  Session restricted(url, nullptr);
  const std::string refusal = refusal_of(restricted);
  admin.run_text("DROP USER migrator@localhost");
  BOOST_TEST(refusal.find("FROM information_schema.innodb_trx") != std::string::npos, refusal);
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
