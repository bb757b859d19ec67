#include "store/schema.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "domain/check.h"
#include "store/errors.h"

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

// Holds the name that lets one host migrate at a time.
class MigrationLock {
 public:
  explicit MigrationLock(Session& session) : session_(session) {
    auto rows = session_.query("SELECT GET_LOCK('concert_migrate', 60)");
    if (!rows.next() || rows.is_null(1) || rows.number(1) != 1) {
      throw Busy("another host has been migrating for a minute; try again when it is done");
    }
  }
  ~MigrationLock() {
    try {
      session_.query("SELECT RELEASE_LOCK('concert_migrate')");
    } catch (const std::exception&) {
      // A lost connection has released it.
      return;
    }
  }
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

 private:
  Session& session_;
};

}  // namespace

int Schema::wanted_version() { return std::end(kMigrations)[-1].version; }

int Schema::version() {
  auto table = session_.query(R"sql(
      SELECT table_name FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name = 'schema_migration')sql");
  if (!table.next()) return 0;
  auto rows = session_.query(R"sql(
      SELECT COALESCE(MAX(version), 0) FROM schema_migration)sql");
  check(rows.next(), "a maximum has a row");
  return static_cast<int>(rows.number(1));
}

std::vector<Migration> Schema::migrate() {
  const MigrationLock lock(session_);
  session_.run_text(
      "CREATE TABLE IF NOT EXISTS schema_migration (version INT NOT NULL PRIMARY KEY, name "
      "VARCHAR(100) NOT NULL, "
      "started_at DATETIME(3) NOT NULL, applied_at DATETIME(3) NULL) "
      "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
  auto broken = session_.query(R"sql(
      SELECT name FROM schema_migration WHERE applied_at IS NULL ORDER BY version LIMIT 1)sql");
  if (broken.next()) {
    throw SchemaBroken(
        fmt::format("migration {} was begun and not finished. Restore the backup taken before it, "
                    "or drop what it "
                    "created and delete its row from schema_migration; then run migrate again.",
                    broken.text(1)));
  }
  const int present = version();
  if (present > wanted_version()) {
    throw SchemaTooNew(
        fmt::format("the database has schema version {}, this program knows up to {}. Install the "
                    "newer program.",
                    present, wanted_version()));
  }
  std::vector<Migration> applied;
  for (const Embedded& migration : kMigrations) {
    if (migration.version <= present) continue;
    session_.execute(R"sql(
        INSERT INTO schema_migration (version, name, started_at) VALUES (?, ?, NOW(3)))sql",
                     {migration.version, migration.name});
    for (const std::string& statement : statements(migration.text)) session_.run_text(statement);
    session_.execute(R"sql(
        UPDATE schema_migration SET applied_at = NOW(3) WHERE version = ?)sql",
                     {migration.version});
    applied.push_back({migration.version, migration.name});
  }
  return applied;
}

}  // namespace concert
