#include "ctl/doctor/rights.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <set>

#include "support/one_date.h"
#include "support/servers.h"

namespace concert::test {
namespace {

std::string database_url(const std::string& user, const std::string& database) {
  return fmt::format("mysql://{}@/{}?socket={}", user, database, database_socket());
}

// The accounts of the three programs with all of their rights.
struct Accounts : OneDateOfFiftySeats {
  Accounts() {
    for (const char* account : kAccounts) {
      root.run_text(fmt::format("CREATE USER {}@localhost", account));
    }
    for (const Right& right : rights_of("")) root.run_text(change("GRANT", right, "TO"));
  }
  ~Accounts() {
    for (const char* account : kAccounts)
      root.run_text(fmt::format("DROP USER {}@localhost", account));
  }
  std::string database() const { return settings.database.database; }
  // "REVOKE UPDATE (a) ON t1.token FROM concert@localhost"
  std::string change(const char* verb, const Right& right, const char* preposition) const {
    const std::string text = text_of({right});
    const auto on = text.rfind(" ON ");
    return fmt::format("{} {} ON {}.{} {} {}@localhost", verb, text.substr(0, on), database(),
                       right.table, preposition, right.account);
  }
  void change_queue_gap(const char* verb, const char* what, const char* preposition) {
    root.run_text(fmt::format("{} {} ON {}.queue_gap {} concert@localhost", verb, what, database(),
                              preposition));
  }
  std::string checksum(const std::string& table) {
    auto rows = root.query(fmt::format("CHECKSUM TABLE {}.{}", database(), table));
    BOOST_REQUIRE(rows.next());
    return rows.text(2);
  }
  Lack lack_of(const std::string& account) const {
    Session session(DatabaseUrl::parse(database_url(account, database())), nullptr);
    return find_lack(session, rights_of(account));
  }

  static constexpr const char* kAccounts[] = {"concert", "concert_cron", "concert_ctl"};
  Session root{DatabaseUrl::parse(database_url("root", "mysql")), nullptr};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rights_test, Accounts)

BOOST_AUTO_TEST_CASE(every_grant_is_read_whole) {
  std::ifstream file(CONCERT_SOURCE_DIR "/sql/grants.sql");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("GRANT", 0) != 0) continue;
    const std::vector<Right> rights = parse_rights(line);
    count += rights.size();
    std::string again = text_of(rights);
    again.insert(again.rfind(" ON ") + 4, "concert.");
    BOOST_TEST(fmt::format("GRANT {} TO '{}'@'localhost';", again, rights.at(0).account) == line);
  }
  BOOST_TEST(count > 60);
  BOOST_TEST(rights_of("").size() == count);
}

BOOST_AUTO_TEST_CASE(an_account_with_its_rights_lacks_none) {
  for (const char* account : kAccounts) {
    const Lack lack = lack_of(account);
    BOOST_TEST(text_of(lack.rights) == "");
    BOOST_TEST(lack.denial == "");
  }
}

BOOST_AUTO_TEST_CASE(each_missing_right_is_found_by_itself) {
  for (const Right& right : rights_of("")) {
    root.run_text(change("REVOKE", right, "FROM"));
    const Lack lack = lack_of(right.account);
    root.run_text(change("GRANT", right, "TO"));
    const std::string taken = text_of({right});
    if (right.privilege == "LOCK TABLES" && !tests_mysql()) {
      BOOST_TEST(text_of(lack.rights) == "");  // MariaDB lets rows be locked without it
      continue;
    }
    // Without this one the other cannot be tried.
    const bool hides_another = right.account == "concert" && right.table == "schema_migration";
    BOOST_TEST(text_of(lack.rights) == (hides_another ? "LOCK TABLES ON *; " : "") + taken);
    BOOST_TEST(lack.denial.find("denied to user") != std::string::npos, lack.denial);
  }
}

// As on a table that an upgrade made: the account does not even see its columns.
BOOST_AUTO_TEST_CASE(all_rights_on_a_table_are_found_lacking) {
  change_queue_gap("REVOKE", "SELECT, INSERT, UPDATE", "FROM");
  BOOST_TEST(text_of(lack_of("concert").rights) == "SELECT, INSERT, UPDATE ON queue_gap");
}

BOOST_AUTO_TEST_CASE(a_right_on_some_columns_is_not_one_on_all) {
  change_queue_gap("REVOKE", "INSERT, UPDATE", "FROM");
  change_queue_gap("GRANT", "INSERT (queue_id), UPDATE (queue_id)", "TO");
  BOOST_TEST(text_of(lack_of("concert").rights) == "INSERT, UPDATE ON queue_gap");
}

BOOST_AUTO_TEST_CASE(a_trial_changes_nothing_and_waits_for_no_row) {
  services->hold(services->enter_with(user(1), 5000), date, {2});
  services->enter(user(2));
  Session holder(settings.database, nullptr);
  const auto tables = [&] {
    std::set<std::string> names;
    for (const Right& right : rights_of("")) {
      if (right.table != "*") names.insert(right.table);
    }
    return names;
  }();
  std::map<std::string, std::string> before;
  for (const std::string& table : tables) before[table] = checksum(table);
  holder.begin();
  for (const std::string& table : tables) holder.query("SELECT * FROM " + table + " FOR UPDATE");
  Session session(settings.database, nullptr);
  BOOST_TEST(text_of(find_lack(session, rights_of("")).rights) == "");
  holder.rollback();
  for (const std::string& table : tables) BOOST_TEST(checksum(table) == before[table], table);
  BOOST_TEST(before["seat"] != before["token"]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
