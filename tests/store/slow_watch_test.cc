#include "store/slow_watch.h"

#include <boost/test/unit_test.hpp>

#include "base/log.h"
#include "store/errors.h"
#include "store/transaction.h"
#include "support/logged.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

constexpr char kTraceOfTheTest[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// A session that finds 50 ms long.
struct Impatient : OneDateOfFiftySeats {
  std::vector<Json::Value> lines_of(Session& session, const std::function<void()>& call) {
    session.query("SELECT 1");
    return log_lines(logged_by(call));
  }
  std::vector<Json::Value> lines_of(const std::function<void()>& call) {
    return lines_of(db, call);
  }
  void sleep(Session& session) { session.query("SELECT SLEEP(0.2), ?", {"a secret"}); }

  Metrics metrics{{}};
  Session db{settings.database, &metrics, 50};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(slow_watch_test, Impatient)

BOOST_AUTO_TEST_CASE(a_slow_statement_leaves_one_warning_with_its_text_and_no_value) {
  const auto lines = lines_of([&] {
    const LogContext context("request-1", TraceParent::parse(kTraceOfTheTest));
    sleep(db);
  });
  BOOST_REQUIRE(lines.size() == 1U);
  const Json::Value& line = lines.front();
  BOOST_TEST(line["level"].asString() == "warning");
  BOOST_TEST(line["statement"].asString() == "SELECT SLEEP(0.2), ?");
  BOOST_TEST(line["durationMs"].asInt64() >= 200);
  BOOST_TEST(line["requestId"].asString() == "request-1");
  BOOST_TEST(line["traceId"].asString() == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(line.toStyledString().find("a secret") == std::string::npos);
  BOOST_TEST(metrics.value(Metrics::database_slow_statements) == 1U);
}

BOOST_AUTO_TEST_CASE(its_connection_is_named_as_the_database_names_it) {
  const auto lines = lines_of([&] { sleep(db); });
  BOOST_REQUIRE(lines.size() == 1U);
  auto rows = db.query("SELECT CONNECTION_ID()");
  BOOST_REQUIRE(rows.next());
  BOOST_TEST(lines.front()["connectionId"].asInt64() == rows.number(1));
  BOOST_TEST(!lines.front().isMember("requestId"));
}

BOOST_AUTO_TEST_CASE(a_slow_statement_that_fails_is_told_too) {
  Session other(settings.database, nullptr);
  const Transaction blocking(other);
  other.execute("UPDATE concert SET venue = 'held'");
  db.run_text("SET SESSION innodb_lock_wait_timeout = 1");
  const auto lines = lines_of([&] {
    BOOST_CHECK_THROW(db.execute("UPDATE concert SET venue = 'wanted'"), RetryTransaction);
  });
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines.front()["statement"].asString() == "UPDATE concert SET venue = 'wanted'");
}

BOOST_AUTO_TEST_CASE(a_statement_is_told_on_one_line) {
  const auto lines = lines_of([&] { db.query("\n      SELECT 1,\n             SLEEP(0.2)"); });
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines.front()["statement"].asString() == "SELECT 1, SLEEP(0.2)");
}

BOOST_AUTO_TEST_CASE(a_statement_of_many_values_is_cut) {
  std::string sql = "SELECT SLEEP(0.2) FROM DUAL WHERE 1 NOT IN (0";
  for (int i = 0; i < 1000; ++i) sql += ", 0";
  const auto lines = lines_of([&] { db.query(sql + ")"); });
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines.front()["statement"].asString() == sql.substr(0, 1000) + " ...");
}

BOOST_AUTO_TEST_CASE(a_quick_statement_is_not_told_nor_any_where_nobody_asked) {
  Session patient(settings.database, nullptr, 60'000);
  BOOST_TEST(lines_of(patient, [&] { sleep(patient); }).empty());
  Session silent(settings.database, nullptr);
  BOOST_TEST(lines_of(silent, [&] { sleep(silent); }).empty());
}

BOOST_AUTO_TEST_CASE(the_texts_around_a_transaction_bear_the_trace_and_prepared_ones_do_not) {
  std::vector<std::string> sent;
  db.observe([&](std::string_view sql, const auto&) { sent.emplace_back(sql); });
  const auto rename = [&] { db.execute("UPDATE concert SET venue = 'new'"); };
  {
    const LogContext context("request-1", TraceParent::parse(kTraceOfTheTest));
    run_transaction(db, rename);
  }
  run_transaction(db, rename);
  const std::string comment = std::string(" /*traceparent='") + kTraceOfTheTest + "'*/";
  const std::vector<std::string> wanted{
      "START TRANSACTION" + comment, "UPDATE concert SET venue = 'new'", "COMMIT" + comment,
      "START TRANSACTION",           "UPDATE concert SET venue = 'new'", "COMMIT"};
  BOOST_TEST(sent == wanted, boost::test_tools::per_element());
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE venue = 'new'") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
