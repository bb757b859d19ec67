// concertctl top with a real service: one page for a script, a refreshing terminal for a person.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstring>

#include "base/command_line.h"
#include "support/ops_background.h"
#include "support/ops_service.h"
#include "support/stack.h"
#include "support/terminal_program.h"

namespace concert::test {
namespace {

struct Watched {
  // It needs no configuration.
  std::vector<std::string> top(const std::vector<std::string>& more) const {
    std::vector<std::string> words{program("concertctl"), "--config", "/nowhere", "top"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  bool tells(const std::string& line) {
    return eventually(
        [&] { return web.get("/metrics").body.find("\n" + line + "\n") != std::string::npos; });
  }

  Service service;
  Web web = service.web();
  std::string url = service.url() + "/metrics";
};

void expect_failure(const Outcome& outcome, int exit_code, const std::string& reason) {
  BOOST_TEST(outcome.exit_code == exit_code, outcome.err);
  BOOST_TEST(outcome.out.empty(), outcome.out);
  BOOST_TEST(occurrences(outcome.err, "\n") == 1, outcome.err);
  BOOST_TEST(outcome.err.find(reason) != std::string::npos, outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(top_in_the_manual_test)

BOOST_AUTO_TEST_CASE(the_manual_and_the_shells_completion_have_it) {
  const std::string manual = text_of(CONCERT_BINARY_DIR "/concertctl.1");
  BOOST_TEST(manual.find("\n.B top [\\-\\-interval N]") != std::string::npos);
  BOOST_TEST(manual.find("\n.B \\-\\-interval N\n") != std::string::npos);
  const auto completed = [](const std::string& words, int at) {
    return run({"bash", "-c",
                "PATH=" CONCERT_BINARY_DIR ":$PATH; . " CONCERT_SOURCE_DIR
                "/man/concertctl.bash; COMP_WORDS=(" +
                    words + "); COMP_CWORD=" + std::to_string(at) +
                    "; _concertctl; echo \"${COMPREPLY[@]}\""})
        .out;
  };
  BOOST_TEST(completed("concertctl to", 1) == "top\n");
  BOOST_TEST(completed("concertctl top --on", 2) == "--once\n");
  BOOST_TEST(completed("concertctl top --me", 2) == "--metrics-url\n");
  BOOST_TEST(completed("concertctl top --interval 5 --o", 4) == "--once\n");
  BOOST_TEST(completed("concertctl concert i", 2) == "import\n");
  BOOST_TEST(completed("concertctl help concert i", 3) == "import\n");
  BOOST_TEST(completed("concertctl concert add --tit", 3) == "--title\n");
  BOOST_TEST(completed("concertctl concert add --title x --ve", 5) == "--venue\n");
  BOOST_TEST(completed("concertctl seat block --w", 3) == "--why\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(top_test, Watched)

BOOST_AUTO_TEST_CASE(once_is_one_page_or_one_document_of_what_the_service_does) {
  BOOST_TEST(service.cron().exit_code == 0);
  BOOST_TEST(tells("concert_cron_passes_total{outcome=\"done\"} 1"));
  Hammer hammer(service.url(), "/queue", 2);
  const Outcome page = run(top({"--once", "--interval", "1", "--metrics-url", url}));
  const Outcome document = run(top({"--once", "--interval", "1", "--metrics-url", url, "--json"}));
  hammer.stop();
  BOOST_TEST(page.exit_code == 0, page.err);
  BOOST_TEST(page.out.find(std::string("concert-reservation ") + program_version()) !=
             std::string::npos);
  for (const char* part : {"\nrequests ", " of 4 busy;",
                           "\nqueue      0 waiting, the first for 0 s; 0 of 1000 active\n",
                           "\ncron       last good pass ", "\nROUTE ", "\nGET /queue "}) {
    BOOST_TEST(page.out.find(part) != std::string::npos, part << " in " << page.out);
  }
  BOOST_TEST(page.out.find('\x1b') == std::string::npos);
  BOOST_TEST(document.exit_code == 0, document.err);
  BOOST_TEST(occurrences(document.out, "\n") == 1);
  const Json::Value json = Reply{200, {}, document.out}.json();
  BOOST_TEST(json["workers"].asInt64() == 4);
  BOOST_TEST(json["queue"]["activeLimit"].asInt64() == 1000);
  BOOST_TEST(json["cronAgeSeconds"].isNumeric());
  BOOST_TEST(json["routes"][0]["route"].asString() == "GET /queue");
  BOOST_TEST(json["routes"][0]["perSecond"].asDouble() > 0);
  BOOST_TEST(json["routes"][0]["p99Ms"].asDouble() > 0);
}

BOOST_AUTO_TEST_CASE(without_metrics_it_says_why) {
  expect_failure(run(top({"--metrics-url", url})), 2, "add --once");
  expect_failure(run(top({"--once", "--interval", "0"})), 2, "--interval");
  expect_failure(run(top({"--once", "--metrics-url", service.url() + "/queue"})), 1,
                 "does not come from concertd");
  expect_failure(run(top({"--once", "--metrics-url", service.url() + "/nowhere"})), 1,
                 "answered 404");
  expect_failure(run(top({"--once", "--metrics-url", "file:///etc/passwd"})), 1, "cannot read");
  service.concertd().stop();
  expect_failure(run(top({"--once", "--metrics-url", url})), 1,
                 "answered 502: concertd does not answer nginx");
  service.nginx().stop();
  expect_failure(run(top({"--once", "--metrics-url", url})), 1, "does nginx run");
}

BOOST_AUTO_TEST_CASE(on_a_terminal_it_refreshes_until_it_is_stopped_and_restores_the_terminal) {
  const std::string ctrl_c = "\x03";
  const std::string signal;
  for (const std::string& keys : {std::string("xQ"), ctrl_c, signal}) {
    TerminalProgram shown(top({"--interval", "1", "--metrics-url", url}));
    const termios& before = shown.first_modes();
    BOOST_TEST(shown.shows("\x1b[2J"));
    BOOST_TEST(shown.shows("\x1b[Hconcert-reservation "), shown.shown());
    BOOST_TEST((shown.modes().c_lflag & ECHO) == 0U);
    BOOST_TEST(shown.shows("q or Ctrl-C ends this."));
    if (keys == signal) {
      shown.signal(SIGTERM);
    } else {
      shown.type(keys);
    }
    BOOST_TEST(shown.wait() == 0, shown.shown());
    BOOST_TEST(shown.modes().c_lflag == before.c_lflag);
    BOOST_TEST(std::memcmp(shown.modes().c_cc, before.c_cc, sizeof before.c_cc) == 0);
  }
  TerminalProgram low(top({"--interval", "1", "--metrics-url", url}), 10);
  BOOST_TEST(low.shows(" more lines"), low.shown());
  BOOST_TEST(low.shows("q or Ctrl-C ends this."), low.shown());
  low.type("q");
  BOOST_TEST(low.wait() == 0);
  // It goes on while the service is away.
  TerminalProgram shown(top({"--interval", "1", "--metrics-url", url}));
  BOOST_TEST(shown.shows("\x1b[Hconcert-reservation "), shown.shown());
  service.concertd().stop();
  BOOST_TEST(shown.shows("concertd does not answer nginx"), shown.shown());
  service.start_concertd();
  BOOST_TEST(shown.shows("\x1b[Hconcert-reservation "), shown.shown());
  shown.type("q");
  BOOST_TEST(shown.wait() == 0);
}

BOOST_AUTO_TEST_CASE(on_a_narrow_terminal_an_error_keeps_its_advice) {
  service.concertd().stop();
  const std::string whole = run(top({"--once", "--metrics-url", url})).err;
  const std::string advice = whole.substr(whole.find_last_of(' ', whole.size() - 2) + 1);
  TerminalProgram shown(top({"--interval", "1", "--metrics-url", url}), 24, 40);
  BOOST_TEST(shown.shows(advice.substr(0, advice.size() - 1)), shown.shown());
  BOOST_TEST(shown.shows("q or Ctrl-C ends this."), shown.shown());
  shown.type("q");
  BOOST_TEST(shown.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
