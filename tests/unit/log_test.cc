#include "base/log.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "support/logs.h"

namespace concert {
namespace {

constexpr char kTrace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// The bytes that `call` writes while stderr is connected to the journal.
std::string journal_of(const std::function<void()>& call) {
  return test::logged_by([&] {
    struct stat of {};
    BOOST_REQUIRE(::fstat(STDERR_FILENO, &of) == 0);
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", of.st_dev, of.st_ino).c_str(), 1);
    call();
    ::unsetenv("JOURNAL_STREAM");
  });
}

// The only line that `call` logs.
Json::Value line_of(const std::function<void()>& call) {
  const auto lines = test::log_lines(test::logged_by(call));
  BOOST_REQUIRE(lines.size() == 1U);
  return lines.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(a_line_is_one_json_object) {
  const std::string text = test::logged_by(
      [] { log_warning("a \"quoted\" path C:\\x\nand a second line\t\x01 caf\xC3\xA9"); });
  BOOST_TEST(text.back() == '\n');
  BOOST_TEST(text.find('\n') == text.size() - 1);
  const Json::Value line = test::log_lines(text).front();
  BOOST_TEST(line["level"].asString() == "warning");
  BOOST_TEST(line["message"].asString() ==
             "a \"quoted\" path C:\\x\nand a second line\t\x01 caf\xC3\xA9");
  BOOST_TEST(line["pid"].asInt64() == ::getpid());
  BOOST_TEST(line["time"].asString().size() == std::string("2026-11-20T09:00:00.000Z").size());
  BOOST_TEST(!line.isMember("requestId"));
}

BOOST_AUTO_TEST_CASE(a_line_may_be_plain_text_or_none) {
  const auto logged_as = [](LogForm form) {
    return test::logged_by([form] {
      set_log_program("a-program");
      set_log_form(form);
      log_warning("what happened.");
      log_with(Severity::error, "and more.", Json::Value(Json::objectValue));
    });
  };
  BOOST_TEST(logged_as(LogForm::text) == "a-program: what happened.\na-program: and more.\n");
  BOOST_TEST(logged_as(LogForm::none).empty());
  BOOST_TEST(test::log_lines(logged_as(LogForm::json)).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_line_carries_the_id_of_the_request_in_hand) {
  const Json::Value within = line_of([] {
    const LogContext context("abc-1");
    log_error("x");
  });
  BOOST_TEST(within["requestId"].asString() == "abc-1");
  BOOST_TEST(within["level"].asString() == "error");
  BOOST_TEST(!within.isMember("traceId"));
  BOOST_TEST(!line_of([] { log_info("x"); }).isMember("requestId"));
  const Json::Value given = line_of([] {
    const LogContext context("given");
    log(Severity::info, "x");
  });
  BOOST_TEST(given["requestId"].asString() == "given");
}

BOOST_AUTO_TEST_CASE(a_line_carries_the_trace_of_the_request_in_hand) {
  const auto trace = TraceParent::parse(kTrace);
  const Json::Value within = line_of([&] {
    const LogContext context("abc-1", trace);
    log_error("x");
  });
  BOOST_TEST(within["traceId"].asString() == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(!trace_of_request());
  BOOST_TEST(!line_of([] { log_info("x"); }).isMember("traceId"));
}

BOOST_AUTO_TEST_CASE(a_line_may_have_members_of_its_own) {
  Json::Value more(Json::objectValue);
  more["durationMs"] = 7;
  more["statement"] = "SELECT \"x\"";
  const Json::Value line = line_of([&] { log_with(Severity::warning, "slow", more); });
  BOOST_TEST(line["message"].asString() == "slow");
  BOOST_TEST(line["level"].asString() == "warning");
  BOOST_TEST(line["durationMs"].asInt() == 7);
  BOOST_TEST(line["statement"].asString() == "SELECT \"x\"");
}

BOOST_AUTO_TEST_CASE(the_line_of_a_request_has_only_the_known_members) {
  const auto trace = TraceParent::parse(kTrace);
  const Json::Value least = line_of([] {
    log_request({"GET", "/queue", 200, "", 1500, "", "abc-1"});
  });
  BOOST_CHECK(least.getMemberNames() ==
              std::vector<std::string>({"durationMs", "level", "message", "method", "pid",
                                        "program", "requestId", "route", "status", "time"}));
  BOOST_TEST(least["durationMs"].asDouble() == 1.5);
  const Json::Value most = line_of([&] {
    log_request(
        {"GET", "/queue", 401, "TOKEN_EXPIRED", 1500, "0123456789abcdef", "abc-1", &*trace});
  });
  BOOST_TEST(most.size() == least.size() + 4);
  BOOST_TEST(most["code"].asString() == "TOKEN_EXPIRED");
  BOOST_TEST(most["user"].asString() == "0123456789abcdef");
  BOOST_TEST(most["traceId"].asString() == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(most["spanId"].asString() == "00f067aa0ba902b7");
}

BOOST_AUTO_TEST_CASE(a_method_that_a_client_made_up_cannot_break_the_line) {
  const Json::Value line = line_of([] {
    log_request({"GE\"T\n{}", "none", 404, "NOT_FOUND", 1, "", "abc-1"});
  });
  BOOST_TEST(line["method"].asString() == "GET");
}

BOOST_AUTO_TEST_CASE(in_the_journal_a_line_has_its_priority) {
  BOOST_TEST(journal_of([] { log_error("x"); }).starts_with("<3>{"));
  BOOST_TEST(journal_of([] { log_warning("x"); }).starts_with("<4>{"));
  BOOST_TEST(journal_of([] { log_info("x"); }).starts_with("<5>{"));
  const auto request = [] { log_request({"GET", "/queue", 200, "", 1, "", "abc-1"}); };
  BOOST_TEST(journal_of(request).starts_with("<6>{"));
  BOOST_TEST(test::logged_by([] { log_error("x"); }).starts_with("{"));
}

BOOST_AUTO_TEST_CASE(each_line_on_a_failed_start_is_an_error_in_the_journal) {
  const auto mistakes = [] { print_error("concertd: 2 mistakes\n  a: wrong\n\n  b: wrong\n"); };
  BOOST_TEST(journal_of(mistakes) ==
             "<3>concertd: 2 mistakes\n<3>  a: wrong\n<3>\n<3>  b: wrong\n");
  BOOST_TEST(journal_of([] { print_error("one"); }) == "<3>one\n");
  // On any other stream there is no priority.
  BOOST_TEST(test::logged_by(mistakes) == "concertd: 2 mistakes\n  a: wrong\n\n  b: wrong\n");
  BOOST_TEST(test::logged_by([] { print_error("one"); }) == "one\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
