#include "store/session/schema.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/wording.h"
#include "domain/check.h"
#include "store/session/errors.h"
#include "store/session/lease.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

struct Embedded {
  int version;
  const char* name;
  const char* text;
};

constexpr Embedded kMigrations[] = {
#include "migrations.inc"
};

// The statements of a file: each ends with a semicolon at the end of its line.
std::vector<std::string> statements(std::string_view text) {
  std::vector<std::string> found;
  std::string statement;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.substr(0, 2) == "--") continue;
    (statement += line) += '\n';
    if (line.back() == ';') {
      statement.resize(statement.size() - 2);
      found.push_back(std::move(statement));
      statement.clear();
    }
  }
  check(statement.empty(), "a migration's last statement ends with a semicolon");
  return found;
}

// Records that a new migration has begun. Returns how many of its statements have been run.
std::size_t begin_or_resume(Session& session, const Embedded& migration) {
  session.execute(R"sql(
      INSERT INTO schema_migration (version, name, started_at) VALUES (?, ?, NOW(3))
      ON DUPLICATE KEY UPDATE version = VALUES(version))sql",
                  {migration.version, migration.name});
  auto rows = session.query(R"sql(
      SELECT statements_done FROM schema_migration WHERE version = ?)sql",
                            {migration.version});
  check(rows.next(), "a migration that was begun is noted");
  return static_cast<std::size_t>(rows.number(1));
}

// For the error message: the sessions that may have the migration's table open.
std::string holders(Session& session) {
  try {
    auto rows = session.query(R"sql(
        SELECT trx_mysql_thread_id FROM information_schema.innodb_trx
        WHERE trx_mysql_thread_id NOT IN (0, CONNECTION_ID()) ORDER BY trx_started)sql");
    std::vector<std::int64_t> ids;
    while (rows.next()) ids.push_back(rows.number(1));
    if (ids.empty()) return "No transaction is open; SHOW FULL PROCESSLIST shows other sessions.";
    return fmt::format("Connections with an open transaction, the oldest first: {}.", few_of(ids));
  } catch (const RightMissing&) {
    return "The database's administrator can find the session with: SELECT trx_mysql_thread_id, "
           "trx_started, trx_query FROM information_schema.innodb_trx ORDER BY trx_started; or "
           "with: SHOW FULL PROCESSLIST.";
  }
}

// Every request for the table queues behind a statement that waits for it, so the statement waits
// for less than the lock timeout of a Session and then lets the requests pass.
void run_with_retries(Session& session, Lease& lease, const std::string& statement,
                      const Embedded& migration, MigrationTimeouts timeouts) {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> give_up;
  for (;;) {
    run_transaction(session, [&] { lease.renew(); });
    try {
      session.run_text(statement);
      return;
    } catch (const RetryTransaction& error) {
      const auto now = Clock::now();
      if (!give_up) {
        give_up = now + timeouts.total;
        log_warning(fmt::format("{}: another session has its table open; trying again for {} s.",
                                migration.name, timeouts.total.count() / 1000));
      } else if (now >= *give_up) {
        throw TableInUse(fmt::format(
            "{} stopped before `{}`, because another session has that table open: {}. This "
            "statement changed "
            "nothing, a running concertd keeps serving, and the migration continues here when it "
            "is run again. End the backup, report or transaction that reads the table. {}",
            migration.name, statement.substr(0, statement.find('\n')), error.what(),
            holders(session)));
      }
    }
    std::this_thread::sleep_for(timeouts.pause);
  }
}

// DDL commits by itself, so each statement is recorded once it has run: a killed migration resumes
// after it. A process that has lost the lease records nothing: another process has resumed.
void apply(Session& session, Lease& lease, const Embedded& migration, MigrationTimeouts timeouts) {
  const auto all = statements(migration.text);
  const std::size_t first = begin_or_resume(session, migration);
  for (std::size_t i = first; i < all.size(); ++i) {
    try {
      run_with_retries(session, lease, all[i], migration, timeouts);
    } catch (const ChangedAlready&) {
      if (i != first) throw;
      // The statement had run, but the host died before that was recorded.
    }
    run_transaction(session, [&] {
      lease.renew();
      session.execute(R"sql(
          UPDATE schema_migration SET statements_done = ? WHERE version = ?)sql",
                      {static_cast<std::int64_t>(i + 1), migration.version});
    });
  }
  run_transaction(session, [&] {
    lease.renew();
    session.execute(R"sql(
        UPDATE schema_migration SET applied_at = NOW(3) WHERE version = ?)sql",
                    {migration.version});
  });
}

// The tables that migrating itself needs.
void make_own_tables(Session& session) {
  session.run_text(
      "CREATE TABLE IF NOT EXISTS named_lock (name VARCHAR(50) NOT NULL PRIMARY KEY, taken BIGINT "
      "NOT NULL DEFAULT 0, "
      "holder VARCHAR(100) NULL, server VARCHAR(1000) NULL, held_until DATETIME(3) NULL) "
      "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
  session.run_text(
      "CREATE TABLE IF NOT EXISTS schema_migration (version INT NOT NULL PRIMARY KEY, name "
      "VARCHAR(100) NOT NULL, "
      "statements_done INT NOT NULL DEFAULT 0, started_at DATETIME(3) NOT NULL, applied_at "
      "DATETIME(3) NULL) "
      "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
}

}  // namespace

int Schema::wanted_version() { return std::end(kMigrations)[-1].version; }

int Schema::version() {
  auto table = session_.query(R"sql(
      SELECT table_name FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name = 'schema_migration')sql");
  if (!table.next()) return 0;
  auto rows = session_.query(R"sql(
      SELECT COALESCE(MAX(version), 0) FROM schema_migration WHERE applied_at IS NOT NULL)sql");
  check(rows.next(), "a maximum has a row");
  return static_cast<int>(rows.number(1));
}

void Schema::require_not_newer() {
  auto rows = session_.query(R"sql(
      SELECT COALESCE(MAX(version), 0) FROM schema_migration)sql");
  check(rows.next(), "a maximum has a row");
  if (rows.number(1) <= wanted_version()) return;
  throw SchemaTooNew(fmt::format(
      "the database has schema version {}, but this program knows only {}. Install the newer "
      "program.",
      rows.number(1), wanted_version()));
}

std::vector<Migration> Schema::migrate() {
  const NamedLock alone(session_, "migrate", 60,
                        "another host has been migrating for a minute; try again when it is done");
  session_.run_text("SET SESSION lock_wait_timeout = 1");
  make_own_tables(session_);
  Lease lease(session_, "migrate", server_of(session_), timeouts_.total);
  require_not_newer();
  const int present = version();
  std::vector<Migration> applied;
  for (const Embedded& migration : kMigrations) {
    if (migration.version <= present) continue;
    apply(session_, lease, migration, timeouts_);
    applied.push_back({migration.version, migration.name});
  }
  return applied;
}

}  // namespace concert
