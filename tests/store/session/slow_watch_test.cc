#include "store/session/slow_watch.h"

#include <boost/test/unit_test.hpp>

#include "base/log.h"
#include "store/session/errors.h"
#include "store/session/transaction.h"
#include "support/logs.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

const std::string kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string kNotSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

std::string comment(const std::string& trace) { return " /*traceparent='" + trace + "'*/"; }

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
    const LogContext context("request-1", TraceParent::parse(kSampled));
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

BOOST_AUTO_TEST_CASE(what_is_sent_bears_the_trace_and_what_is_kept_only_if_it_is_not_sampled) {
  std::vector<std::string> sent;
  db.observe([&](std::string_view sql, const auto&) { sent.emplace_back(sql); });
  const std::string update = "UPDATE concert SET venue = 'new'";
  for (const std::string& trace : {kSampled, kNotSampled, std::string()}) {
    const LogContext context("request-1", TraceParent::parse(trace));
    run_transaction(db, [&] { db.execute(update); });
  }
  const std::vector<std::string> wanted{"START TRANSACTION" + comment(kSampled),
                                        update + comment(kSampled),
                                        "COMMIT" + comment(kSampled),
                                        "START TRANSACTION" + comment(kNotSampled),
                                        update,
                                        "COMMIT" + comment(kNotSampled),
                                        "START TRANSACTION",
                                        update,
                                        "COMMIT"};
  BOOST_TEST(sent == wanted, boost::test_tools::per_element());
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE venue = 'new'") == 1);
}

BOOST_AUTO_TEST_CASE(the_database_sees_a_sampled_trace_beside_each_statement) {
  // The text of the statement that asks.
  const std::string own =
      "SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID() AND 1 = ?";
  const auto seen = [&](const std::string& trace) {
    const LogContext context("request-1", TraceParent::parse(trace));
    auto rows = db.query(own, {1});
    BOOST_REQUIRE(rows.next());
    return rows.text(1);
  };
  BOOST_TEST(seen(kSampled).find(comment(kSampled)) != std::string::npos, seen(kSampled));
  BOOST_TEST(seen(kNotSampled).find("traceparent") == std::string::npos, seen(kNotSampled));
}

BOOST_AUTO_TEST_CASE(the_database_keeps_no_statement_of_a_trace) {
  // How often this session did it.
  const auto count_of = [&](const std::string& what) {
    auto rows = db.query("SHOW SESSION STATUS LIKE 'Com_stmt_" + what + "'");
    BOOST_REQUIRE(rows.next());
    return rows.number(2);
  };
  const auto kept = [&] { return count_of("prepare") - count_of("close"); };
  kept();
  db.query("SELECT ?", {"a"});
  const std::int64_t before = kept();
  for (int i = 0; i < 20; ++i) {
    const LogContext context("request-1", TraceParent::parse(kSampled));
    // Text: numbers there have MySQL prepare it once more, by itself.
    auto outer = db.query("SELECT ? UNION SELECT 'b'", {"a"});
    BOOST_REQUIRE(outer.next());
    db.query("SELECT ?", {"c"});
    // Its rows are still there when another statement was run, and gone.
    BOOST_REQUIRE(outer.next());
    BOOST_TEST(outer.text(1) == "b");
  }
  BOOST_TEST(kept() == before);
}

BOOST_AUTO_TEST_CASE(rows_outlive_their_connection) {
  for (const std::string& trace : {kSampled, kNotSampled}) {
    const LogContext context("request-1", TraceParent::parse(trace));
    auto rows = db.query("SELECT CONNECTION_ID() AS id, ?", {1});
    BOOST_REQUIRE(rows.next());
    services->app.backend.db.run_text("KILL " + rows.text(1));
    BOOST_CHECK_NO_THROW(db.query("SELECT 1"));  // by a new one
    BOOST_TEST(rows.number(2) == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
