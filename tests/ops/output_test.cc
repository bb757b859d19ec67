// What the programs do when their output cannot be written.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/ops_service.h"

namespace concert::test {
namespace {

using Words = std::vector<std::string>;

// Runs `words` with the standard output that the shell's words `output` give it.
Outcome run_with_output(const std::string& output, const Words& words) {
  Words command{"bash", "-c", output + R"(; exec "$@")", "bash"};
  command.insert(command.end(), words.begin(), words.end());
  return run(command);
}
constexpr char kFull[] = "exec >/dev/full";
constexpr char kClosed[] = "exec >&-";

void expect_error(const Outcome& outcome, const std::string& what, const std::string& called) {
  BOOST_TEST(outcome.exit_code == 1, called << " exits " << outcome.exit_code);
  BOOST_TEST(outcome.err.find(what) != std::string::npos, called << " says " << outcome.err);
  BOOST_TEST(occurrences(outcome.err, "\n") == 1, called << " says " << outcome.err);
}

struct OneService {
  Words with_conf(const char* name, const Words& more) const {
    Words words{program(name), "--config", service.conf()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void expect_errors(const char* name, const Words& more) const {
    const Words words = with_conf(name, more);
    const std::string called = fmt::format("{}", fmt::join(words, " "));
    expect_error(run_with_output(kFull, words), "No space left on device", called);
    expect_error(run_with_output(kClosed, words), "Bad file descriptor", called);
  }

  Service service;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(output_test, OneService)

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_an_error) {
  service.add_date(5, 100);
  const std::vector<Words> calls{{"--help"},
                                 {"--version"},
                                 {"sale", "report"},
                                 {"sale", "report", "--csv"},
                                 {"sale", "report", "--json"},
                                 {"audit"},
                                 {"audit", "--json"},
                                 {"doctor"},
                                 {"migrate"},
                                 {"concert", "list"},
                                 {"queue", "status"},
                                 {"admin", "log"}};
  for (const Words& call : calls) expect_errors("concertctl", call);
  for (const char* name : {"concertd", "concert-cron"}) {
    for (const char* option : {"--help", "--version", "--check-config"})
      expect_errors(name, {option});
  }
}

BOOST_AUTO_TEST_CASE(a_change_whose_result_cannot_be_written_is_said_to_be_made) {
  const Words add{"concert", "add", "--title", "T", "--venue", "V", "--allow-same"};
  const std::string made = "the change is made, but its result cannot be written";
  expect_error(run_with_output(kFull, with_conf("concertctl", add)), made, "concert add");
  expect_error(run_with_output(kClosed, with_conf("concertctl", add)), made, "concert add");
  BOOST_TEST(service.ctl_json({"concert", "list"})["concerts"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(of_a_command_that_changed_nothing_no_change_is_said_to_be_made) {
  service.add_date(5, 100);
  const std::string file = service.folder() + "/tour.json";
  write_text(file, R"({"concerts": [{"title": "T", "venue": "V", "dates": [
      {"startsAt": "2099-01-01T20:00:00Z", "seats": 2, "price": 5}]}]})");
  const std::string user = new_uuid();
  Web web = service.web();
  service.new_token(web, user);
  const auto fails_with = [&](const Words& call, bool is_changed) {
    const Outcome outcome = run_with_output(kFull, with_conf("concertctl", call));
    const std::string called = fmt::format("{}", fmt::join(call, " "));
    expect_error(outcome, "No space left on device", called);
    BOOST_TEST((outcome.err.find("the change is made") != std::string::npos) == is_changed,
               called << " says " << outcome.err);
  };
  fails_with({"concert", "import", file, "--dry-run"}, false);
  fails_with({"concert", "import", "--dry-run", file, "--json"}, false);
  for (const Words& call :
       {Words{"concert", "import", file},
        {"concert", "set", "--concert", "1", "--title", "Renamed"},
        {"user", "credit", "--user", user, "--amount", "7", "--why", "w", "--key", "k"},
        {"date", "set", "--date", "1", "--venue", "Annex", "--why", "w"},
        {"date", "price", "--date", "1", "--price", "7"},
        {"date", "stop", "--date", "1", "--why", "w"},
        {"date", "cancel", "--date", "1", "--why", "w"},
        {"queue", "set", "--active-limit", "3"},
        {"queue", "pause"},
        {"queue", "resume"},
        {"queue", "reset"}}) {
    fails_with(call, true);
    fails_with(call, false);
  }
}

// As `head` does: it has seen enough, and there is nothing to say.
BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_ends_a_report_quietly) {
  const std::string fifo = service.folder() + "/fifo";
  BOOST_REQUIRE(run({"mkfifo", fifo}).exit_code == 0);
  const std::string gone = fmt::format("exec 3<>{0} 4>{0} 3>&-; exec >&4", fifo);
  for (const Words& call : {Words{"sale", "report"}, Words{"--help"}}) {
    const Outcome outcome = run_with_output(gone, with_conf("concertctl", call));
    BOOST_TEST(outcome.exit_code == 1);
    BOOST_TEST(outcome.err == "");
  }
}

BOOST_AUTO_TEST_CASE(a_script_that_prints_a_result_fails_with_it) {
  for (const char* script : {"/sql/concert-setup", "/dev"}) {
    const std::string file = CONCERT_SOURCE_DIR + std::string(script);
    const Outcome outcome = run_with_output(kFull, {"sh", file, "--help"});
    BOOST_TEST(outcome.exit_code == 1, script);
    BOOST_TEST(outcome.err.find("error") != std::string::npos, outcome.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
