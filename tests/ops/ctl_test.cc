// concertctl as administrators and scripts use it: its output and its exit codes.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include "base/command_line.h"
#include "base/encoding.h"
#include "ctl/commands/command.h"
#include "service/access/token_text.h"
#include "support/ops_service.h"
#include "support/servers.h"
#include "support/sockets.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using Words = std::vector<std::string>;

Outcome concertctl(Words words) {
  words.insert(words.begin(), {program("concertctl"), "--config", "/nowhere"});
  return run(words, {{"CONCERT_DATABASE_URL", "nonsense"}});
}

// Without a configuration and a database.
std::string help_of(const Words& words) {
  const Outcome outcome = concertctl(words);
  BOOST_TEST(outcome.exit_code == 0, outcome.err);
  BOOST_TEST(outcome.err.empty(), outcome.err);
  return outcome.out;
}

Words pieces_of(const std::string& text, char end) {
  Words pieces;
  std::istringstream in(text);
  for (std::string piece; std::getline(in, piece, end);) pieces.push_back(piece);
  return pieces;
}
Words words_of(const std::string& text) { return pieces_of(text, ' '); }
Words lines(const std::string& text) { return pieces_of(text, '\n'); }

// Of a text that ends with a newline.
int lines_of(const std::string& text) { return occurrences(text, "\n"); }

std::string joined(const Words& words) { return fmt::format("{}", fmt::join(words, " ")); }

struct OneService {
  Service service;
  Web web = service.web();

  std::string status_of(const std::string& token) {
    return web.get("/token/refresh", token).json()["status"].asString();
  }
};

// An empty database, dropped at the end.
struct EmptyDatabase {
  EmptyDatabase() { admin.run_text("CREATE DATABASE " + name + " CHARACTER SET utf8mb4"); }
  ~EmptyDatabase() { admin.run_text("DROP DATABASE " + name); }

  std::string name = "empty_for_ops";
  Session admin{DatabaseUrl::parse("mysql://root@/mysql?socket=" + database_socket()), nullptr};
  Process::Environment environment{
      {"CONCERT_DATABASE_URL", fmt::format("mysql://root@/{}?socket={}", name, database_socket())}};
};

// Changes settings of the database server, which all tests share, and restores them at the end.
// Uses the client program, because no Session connects while no statement can be prepared.
struct ServerSettings {
  ~ServerSettings() {
    set("read_only", "OFF");
    set(transactions_read_only(), "OFF");
    set("max_prepared_stmt_count", "DEFAULT");
    set("init_connect", "''");
  }
  static std::string transactions_read_only() {
    return tests_mysql() ? "transaction_read_only" : "tx_read_only";
  }
  static void set(const std::string& name, const std::string& value) {
    const Outcome outcome =
        run({"mariadb", "--no-defaults", "--user=root", "--socket=" + database_socket(),
             fmt::format("--execute=SET GLOBAL {} = {}", name, value)});
    BOOST_TEST(outcome.exit_code == 0, outcome.err);
  }
};

Json::Value finding(const Json::Value& doctor, const std::string& subject) {
  for (const Json::Value& entry : doctor["findings"]) {
    if (entry["subject"] == subject) return entry;
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ctl_without_a_configuration_test)

BOOST_AUTO_TEST_CASE(help_and_version_need_no_configuration_and_no_database) {
  for (const char* name : {"concertctl", "concertd", "concert-cron"}) {
    const Process::Environment nothing{{"CONCERT_DATABASE_URL", "nonsense"}};
    const auto version = run({program(name), "--config", "/nowhere", "--version"}, nothing);
    BOOST_TEST(version.exit_code == 0);
    BOOST_TEST(version.out == std::string(program_version()) + "\n");
    for (const char* option : {"--help", "-h"}) {
      const auto help = run({program(name), "--config", "/nowhere", option}, nothing);
      BOOST_TEST(help.exit_code == 0, name << " " << option);
      BOOST_TEST(help.out.find("--config") != std::string::npos, name << " " << option);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_version_and_every_help_are_a_document_with_json) {
  const auto document = [](const Words& words) {
    const std::string out = help_of(words);
    BOOST_TEST(lines(out).size() == 1U, out);
    return Reply{200, {}, out}.json();
  };
  for (const Words& call : {Words{"--version", "--json"}, {"--json", "--version"}})
    BOOST_TEST(document(call)["version"] == program_version());
  for (const Words& call : {Words{}, {"seat"}, {"seat", "block"}, {"help"}}) {
    Words asked{"help"};
    asked.insert(asked.end(), call.begin(), call.end());
    const std::string text = help_of(asked);
    asked.emplace_back("--json");
    BOOST_TEST(document(asked)["help"] == text);
  }
  BOOST_TEST(document({"--help-all", "--json"})["help"] == help_of({"--help-all"}));
}

BOOST_AUTO_TEST_CASE(the_help_names_every_command) {
  const std::string help = help_of({"--help"});
  BOOST_TEST(help_of({"-h"}) == help);
  BOOST_TEST(help_of({"help"}) == help);
  const std::string every = help_of({"--help-all"});
  BOOST_TEST(commands().size() > 20U);
  for (const Command& command : commands()) {
    BOOST_TEST(help.find("\n  " + command.words + " ") != std::string::npos, command.words);
    BOOST_TEST(every.find("  " + command.words) != std::string::npos, command.words);
  }
}

BOOST_AUTO_TEST_CASE(each_command_prints_its_own_help_however_it_is_asked_for) {
  for (const Command& command : commands()) {
    const Words words = words_of(command.words);
    const auto with = [&](const Words& before, const Words& after) {
      Words all = before;
      all.insert(all.end(), words.begin(), words.end());
      all.insert(all.end(), after.begin(), after.end());
      return all;
    };
    const std::string help = help_of(with({}, {"--help"}));
    BOOST_TEST(help.find("\nUsage: concertctl " + command.words) != std::string::npos, help);
    BOOST_TEST(help_of(with({}, {"-h"})) == help);
    BOOST_TEST(help_of(with({"help"}, {})) == help);
    for (const Words& call :
         {with({}, {"--help", "--json"}), with({"help"}, {"--json"}), with({"help", "--json"}, {})})
      BOOST_TEST(Reply({200, {}, help_of(call)}).json()["help"] == help);
    for (const CommandOption& option : command.options) {
      BOOST_TEST(help.find("\n  --" + option.name + " ") != std::string::npos, option.name);
      BOOST_TEST(!option.help.empty(), option.name);
    }
    BOOST_TEST((help.find("\n  --why TEXT ") != std::string::npos) == (command.why != Why::none));
    for (const std::string& line : lines(help)) BOOST_TEST(line.size() <= 80U, line);
  }
  const std::string date_add = help_of({"date", "add", "-h"});
  BOOST_TEST(date_add.find(" how many: 1 to 2000\n") != std::string::npos, date_add);
  BOOST_TEST(date_add.find("2027-01-31T19:30:00Z") != std::string::npos, date_add);
  BOOST_TEST(date_add.find("; at once unless given") != std::string::npos, date_add);
  // An option that a change leaves out changes nothing.
  const Words set_help = words_of(help_of({"date", "set", "-h"}));
  const std::string date_set = joined(set_help);
  BOOST_TEST(occurrences(date_set, "stays") == 3, date_set);
  BOOST_TEST(date_set.find("at once unless given") == std::string::npos, date_set);
  // A missing option does not hide the help, and the word after an option is its value.
  BOOST_TEST(help_of({"date", "add", "--concert", "1", "--help"}) == date_add);
}

BOOST_AUTO_TEST_CASE(each_group_prints_the_help_of_its_commands) {
  const std::string help = help_of({"seat", "--help"});
  BOOST_TEST(help_of({"help", "seat"}) == help);
  BOOST_TEST(help.find("\n  seat block ") != std::string::npos, help);
  BOOST_TEST(help.find("\n  seat unblock ") != std::string::npos, help);
  BOOST_TEST(help.find("concert add") == std::string::npos, help);
  for (const Words& wrong : {Words{"help", "seats"},
                             {"help", "seat", "x"},
                             {"help", "audit", "x"},
                             {"nope", "--help"},
                             {"--help", "nope"},
                             {"seat", "x", "-h"}}) {
    const auto outcome = concertctl(wrong);
    BOOST_TEST(outcome.exit_code == 2);
    BOOST_TEST(outcome.err.find("there is no command `") != std::string::npos, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_call_is_reported_before_the_configuration_is_read) {
  const auto says = [&](const Words& words, const std::string& message) {
    BOOST_TEST(concertctl(words).err == "concertctl: " + message + " Try --help.\n");
  };
  says({"queue", "set", "--active-limit", "0"},
       "--active-limit must be a whole number from 1 to 1000000000, not `0`.");
  says({"date", "list", "--concert=one"},
       "--concert must be a whole number from 1 to 9007199254740991, not `one`.");
  says({"doctor", "now"}, "`doctor` takes no `now`.");
  says({"doctor", "-x"}, "there is no option -x for `doctor`; it has none.");
  const std::string longest(255, 'x');
  for (const Words& words :
       {Words{longest + "y"}, Words{"queue", longest + "y"}, Words{"doctor", longest + "y"},
        Words{"help", longest + "y"}, Words{"doctor", "-" + longest}}) {
    const std::string said = concertctl(words).err;
    BOOST_TEST(said.find("...`") + said.find("... for") != std::string::npos, said);
    BOOST_TEST(said.size() < 500U, said);
  }
  says({"doctor", "\x1B[2J"}, "`doctor` takes no `\\x1B[2J`.");
  says({"help", "--version"}, "`help` has no such option.");
  says({"queue", "stat"},
       "there is no command `queue stat`; `queue` needs one of: add, list, status, set, reset, "
       "pause, resume, clear, say, open-at, public-value, "
       "history.");
  // An empty value counts as given, and a value may look like an option.
  says({"seat", "block", "--why=", "--date", "1", "--seats", "1"},
       "--why must be 1 to 500 bytes of UTF-8 on one line, without control characters.");
  says({"seat", "block", "--why", "  ", "--date", "1", "--seats", "1"},
       "--why must be 1 to 500 bytes of UTF-8 on one line, without control characters.");
  says({"seat", "block", "--why", "a\xE2\x80\xAE", "--date", "1", "--seats", "1"},
       "--why must be 1 to 500 bytes of UTF-8 on one line, without control characters.");
  says({"date", "list", "--concert", "--json"},
       "--concert must be a whole number from 1 to 9007199254740991, not `--json`.");
}

BOOST_AUTO_TEST_CASE(a_flag_with_a_value_is_wrong_usage) {
  std::size_t flags = 0;
  for (const Command& command : commands()) {
    for (const CommandOption& option : options_of(command)) {
      if (!option.value.empty()) continue;
      ++flags;
      for (const char* value : {"=false", "=no", "=true", "=1", "="}) {
        Words words = words_of(command.words);
        words.push_back("--" + option.name + value);
        const Outcome outcome = concertctl(words);
        BOOST_TEST(outcome.exit_code == 2, joined(words));
        BOOST_TEST(outcome.err ==
                   fmt::format("concertctl: --{} takes no value. Try --help.\n", option.name));
        BOOST_TEST(outcome.out.empty(), outcome.out);
      }
    }
  }
  BOOST_TEST(flags > 5U);
  for (const Words& words : {Words{"concert", "list", "--json=false"},
                             {"--json=false", "queue", "status"},
                             {"concert", "--json=", "list"},
                             {"--help=false"},
                             {"queue", "--help=no"},
                             {"--version=no"},
                             {"--help-all=true"},
                             {"--json=true", "help"}}) {
    const Outcome outcome = concertctl(words);
    BOOST_TEST(outcome.exit_code == 2, joined(words));
    BOOST_TEST(outcome.err.find(" takes no value. Try --help.\n") != std::string::npos,
               outcome.err);
    BOOST_TEST(outcome.out.empty(), outcome.out);
  }
  // The word after an option is its value.
  BOOST_TEST(concertctl({"concert", "add", "--title", "--json=false"}).err ==
             "concertctl: `concert add` needs --venue. Try --help.\n");
  for (const char* name : {"concertd", "concert-cron"}) {
    for (const char* flag : {"--check-config=false", "--help=no", "--version=no"}) {
      const Outcome outcome = run({program(name), "--config", "/nowhere", flag});
      BOOST_TEST(outcome.exit_code == 2, name << " " << flag);
      BOOST_TEST(outcome.out.empty(), outcome.out);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_that_a_terminal_obeys_and_no_broken_utf8_is_printed) {
  const auto is_harmless = [](const Outcome& outcome, const std::string& called) {
    for (const std::string& text : {outcome.out, outcome.err}) {
      BOOST_TEST(text.size() < 1500U, called);
      for (const std::string& line : lines(text))
        BOOST_TEST(!has_control_characters(line), called << ": " << line);
    }
    BOOST_TEST(outcome.exit_code != 0, called);
  };
  const std::string escape = "\x1B[31m";
  const std::string of_c1 =
      "\xC2\x9B"
      "31m";
  const std::string reversed = "\xE2\x80\xAE";
  for (const std::string& text :
       {escape, of_c1, reversed, std::string("\xFF"), escape + std::string(3000, 'x')}) {
    for (const Words& words : {Words{text},
                               {"queue", text},
                               {"doctor", text},
                               {"help", text},
                               {"--" + text},
                               {"concert", "import", "/" + text},
                               {"top", "--once", "--metrics-url", "http://" + text},
                               {"--config", "/" + text, "doctor"},
                               {"--config", "/" + text, "concert", "list"}}) {
      is_harmless(concertctl(words), joined(words));
      Words with_json = words;
      with_json.emplace_back("--json");
      is_harmless(concertctl(with_json), joined(with_json));
    }
    // Of every program, a setting of the environment and its own command line.
    for (const char* name : {"concertctl", "concertd", "concert-cron"}) {
      is_harmless(run({program(name), "--config", "/nowhere", "--" + text}), name);
      const Words check =
          name == std::string("concertctl") ? Words{"queue", "status"} : Words{"--check-config"};
      for (const char* key : {"CONCERT_WORKERS", "CONCERT_SITE_URL", "CONCERT_DATABASE_URL"}) {
        Words words{program(name), "--config", "/dev/null"};
        words.insert(words.end(), check.begin(), check.end());
        is_harmless(run(words, {{key, text}}), fmt::format("{} with {}", name, key));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(ctl_test, OneService)

// The database's client writes the name of a host into its own error.
BOOST_AUTO_TEST_CASE(of_a_server_s_error_nothing_that_a_terminal_obeys_is_printed) {
  for (const char* host : {"h\x1B[31m",
                           "h\xC2\x9B"
                           "31m",
                           "h\xE2\x80\xAE"}) {
    const std::string url = fmt::format("mysql://user@{}:1/name", host);
    for (const Words& words :
         {Words{"doctor"}, {"doctor", "--json"}, {"queue", "status"}, {"audit", "--json"}}) {
      const Outcome outcome = service.ctl(words, {{"CONCERT_DATABASE_URL", url}});
      BOOST_TEST(outcome.exit_code != 0, joined(words));
      for (const std::string& text : {outcome.out, outcome.err}) {
        for (const std::string& line : lines(text))
          BOOST_TEST(!has_control_characters(line), joined(words) << ": " << line);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_flag_that_is_switched_off_by_a_value_changes_nothing) {
  const std::string user = new_uuid();
  service.new_token(web, user);
  BOOST_REQUIRE(
      service.ctl({"user", "credit", "--user", user, "--amount", "7", "--why", "w"}).exit_code ==
      0);
  const Outcome outcome = service.ctl(
      {"user", "erase", "--user", user, "--why", "x", "--forfeit", "7", "--forfeit-tickets=false"});
  BOOST_TEST(outcome.exit_code == 2);
  BOOST_TEST(outcome.err == "concertctl: --forfeit-tickets takes no value. Try --help.\n");
  BOOST_TEST(service.ctl_json({"user", "show", "--user", user})["balance"] == 7);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_exit_2_and_one_line) {
  const Words date{"date", "add", "--concert", "1", "--starts-at", "2099-01-01T00:00:00Z"};
  const auto date_with = [&](const Words& more) {
    Words words = date;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const std::vector<Words> calls{
      {},
      {"nonsense"},
      {"queue"},
      {"queue", "set"},
      {"queue", "set", "--active-limit"},
      {"queue", "set", "--active-limit", "0"},
      {"queue", "set", "--active-limit", "ten"},
      {"queue", "set", "--admit-per-pass", "-1"},
      {"queue", "status", "--unknown", "1"},
      {"queue", "say"},
      {"queue", "say", "--en", "A"},
      {"queue", "say", "--ko", "A"},
      {"queue", "say", "--clear", "--en", "A", "--ko", "B"},
      {"queue", "say", "--clear", "--until", "2999-01-01T00:00:00Z"},
      {"queue", "say", "--until", "2999-01-01T00:00:00Z"},
      {"queue", "say", "--en", "A", "--ko", ""},
      {"queue", "say", "--en", "A", "--ko", "B\nB"},
      {"queue", "say", "--en", "A", "--ko", "B\xE2\x80\x8B"},
      {"queue", "say", "--en", std::string(501, 'x'), "--ko", "B"},
      {"queue", "say", "--en", "A", "--ko", "B", "--until", "soon"},
      {"concert", "add", "--title", "T"},
      {"concert", "add", "--title", "", "--venue", "V"},
      {"concert", "add", "--title", std::string(201, 'x'), "--venue", "V"},
      {"concert", "add", "--title", "\xff", "--venue", "V"},
      {"concert", "add", "--title", "T\nT", "--venue", "V"},
      {"concert", "add", "--title", "T\xE2\x80\x8B", "--venue", "V"},
      {"concert", "add", "--title", "T", "--venue", "V", "--time-zone", "Nowhere"},
      {"concert", "add", "--title", "T", "--venue", "V", "--image-url", "http://x.org/1"},
      {"concert", "set", "--concert", "1"},
      {"concert", "set", "--concert", "1", "--title", ""},
      {"date", "set", "--date", "1", "--why", "x"},
      {"date", "set", "--date", "1", "--venue", "V"},
      {"date", "set", "--date", "1", "--starts-at", "soon", "--why", "x"},
      {"date", "stop", "--date", "1"},
      {"date", "resume", "--date", "1"},
      {"date", "set", "--date", "1", "--on-sale-at", "soon", "--why", "x"},
      {"date", "price", "--date", "1"},
      {"date", "add-seats", "--date", "1", "--seats", "0", "--price", "1"},
      {"concert", "add", "--title", "   ", "--venue", "V"},
      {"concert", "add", "--title", "T", "--venue", "\xC2\xA0"},
      {"concert", "add", "--title", "T", "--venue", "\x1b[2J"},
      {"concert", "add", "--title", "T", "--title", "T", "--venue", "V"},
      {"date", "list", "--concert", "one"},
      {"date", "list", "--concert", "9007199254740992"},
      {"sale", "report", "--concert", "9007199254740992"},
      {"reservation", "show", "--reservation", "9007199254740992"},
      date,
      date_with({"--seats", "0", "--price", "1"}),
      date_with({"--seats", "2001", "--price", "1"}),
      date_with({"--seats", "50", "--price", "-1"}),
      date_with({"--seats", "50", "--price", "1.5"}),
      {"date", "add", "--concert", "1", "--starts-at", "soon", "--seats", "5", "--price", "1"},
      {"date", "add", "--concert", "1", "--starts-at", "9999-12-31T23:59:59-14:00", "--seats", "5",
       "--price", "1"},
  };
  for (const Words& call : calls) {
    const Outcome outcome = service.ctl(call);
    BOOST_TEST(outcome.exit_code == 2, joined(call) << " exits " << outcome.exit_code);
    BOOST_TEST(outcome.out.empty());
    BOOST_TEST(lines_of(outcome.err) == 1, outcome.err);
    BOOST_TEST(outcome.err.rfind("concertctl: ", 0) == 0, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(missing_and_unknown_parts_are_named) {
  const auto says = [&](const Words& words, const std::string& message) {
    const Outcome outcome = service.ctl(words);
    BOOST_TEST(outcome.exit_code == 2);
    BOOST_TEST(outcome.err == "concertctl: " + message + " Try --help.\n");
  };
  const std::string no_titel =
      "there is no option --titel for `concert add`; its options are --title, --venue, "
      "--description, --image-url, --time-zone, --visible-from, --allow-same, --why.";
  says({"concert", "add", "--titel", "T", "--venue", "V"}, no_titel);
  says({"concert", "add", "--venue", "V", "--titel"}, no_titel);
  says({"doctor", "--nope"}, "there is no option --nope for `doctor`; it has none.");
  says({"concert", "add", "--title"}, "--title needs a value.");
  says({"concert", "add", "--title", "\xC2\xA0", "--venue", "V"}, "--title must not be blank.");
  says({"concert", "add", "--title", "T", "--venue", "   "}, "--venue must not be blank.");
  says({"doctor", "--config"}, "--config needs a value.");
  says({"concert", "import"}, "`concert import` needs a FILE.");
  says({"concert"}, "`concert` needs one of: add, list, set, remove, import.");
  says({"seat"}, "`seat` needs one of: block, unblock.");
  says({"user", "--user", "x"}, "`user` needs one of: show, credit, erase.");
  says({"queue"},
       "`queue` needs one of: add, list, status, set, reset, pause, resume, clear, say, open-at, "
       "public-value, "
       "history.");
  says({"que"}, "there is no command `que`.");
  const std::string no_option = "; its options are --config, --json, --help, --version.";
  says({"--bogus"}, "there is no option --bogus for `concertctl`" + no_option);
  says({"--bogus=1"}, "there is no option --bogus for `concertctl`" + no_option);
  says({"-V"}, "there is no option -V for `concertctl`" + no_option);
}

BOOST_AUTO_TEST_CASE(a_script_gets_one_json_document_for_a_failure_too) {
  const auto error_of = [&](const Words& words, int exit_code,
                            const Process::Environment& environment = {}) {
    const Outcome outcome = service.ctl(words, environment);
    BOOST_TEST(outcome.exit_code == exit_code);
    BOOST_TEST(lines_of(outcome.out) == 1, outcome.out);
    const std::string error = Reply{0, {}, outcome.out}.json()["error"].asString();
    BOOST_TEST(outcome.err == "concertctl: " + error + "\n");
  };
  error_of({"date", "list", "--concert", "99", "--json"}, 1);
  error_of({"date", "list", "--json"}, 2);
  error_of({"queue", "status", "--json"}, 75,
           {{"CONCERT_DATABASE_URL", "mysql://nobody:x@/none?socket=/nowhere"}});
  error_of({"queue", "status", "--json"}, 78, {{"CONCERT_WORKERS", "many"}});
}

BOOST_AUTO_TEST_CASE(concerts_and_dates_are_added_and_listed) {
  const Outcome plain = service.ctl({"concert", "add", "--title", "Ж & \"x\"", "--venue", "V"});
  BOOST_TEST(plain.exit_code == 0);
  BOOST_TEST(plain.out == "1\n");
  BOOST_TEST(service.ctl({"concert", "add", "--title", "B", "--venue", "V", "--json"}).out ==
             "{\"concertId\":2}\n");
  const Json::Value concerts = service.ctl_json({"concert", "list"});
  BOOST_REQUIRE(concerts["concerts"].size() == 2U);
  BOOST_TEST(concerts["concerts"][0]["title"].asString() == "Ж & \"x\"");
  const auto add_date = [&](const std::string& day, int seats) {
    return service.ctl_json({"date", "add", "--concert", "2", "--starts-at",
                             day + "T19:30:00+01:00", "--seats", std::to_string(seats), "--price",
                             "50000"});
  };
  BOOST_TEST(add_date("2099-01-31", 1)["concertDateId"].asInt64() == 1);
  BOOST_TEST(add_date("2099-02-01", 1000)["concertDateId"].asInt64() == 2);
  const Json::Value dates = service.ctl_json({"date", "list", "--concert", "2"});
  BOOST_REQUIRE(dates["dates"].size() == 2U);
  BOOST_TEST(dates["dates"][0]["startsAt"].asString() == "2099-01-31T18:30:00.000Z");
  BOOST_TEST(dates["dates"][1]["seatCount"].asInt() == 1000);
  BOOST_TEST(service.ctl({"date", "list", "--concert", "2"}).out.find("1000 seats") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refused_change_is_exit_1_and_the_reason) {
  service.add_date(5, 100);
  const auto add = [&](const std::string& concert, const std::string& starts_at) {
    return service.ctl({"date", "add", "--concert", concert, "--starts-at", starts_at, "--seats",
                        "50", "--price", "100"});
  };
  const Outcome past = add("1", "2020-01-01T00:00:00Z");
  BOOST_TEST(past.exit_code == 1);
  BOOST_TEST(past.err.find("has passed") != std::string::npos, past.err);
  for (const Outcome& nowhere :
       {add("99", "2099-01-01T00:00:00Z"), service.ctl({"date", "list", "--concert", "99"})}) {
    BOOST_TEST(nowhere.exit_code == 1);
    BOOST_TEST(nowhere.err.find("no concert 99") != std::string::npos, nowhere.err);
    BOOST_TEST(lines_of(nowhere.err) == 1);
  }
  BOOST_TEST(add("1", "2099-01-31T18:30:00Z").exit_code == 0);
  const Outcome again = add("1", "2099-01-31T19:30:00+01:00");
  BOOST_TEST(again.exit_code == 1);
  BOOST_TEST(again.err.find("already has a date at 2099-01-31T18:30:00.000Z: date 2.") !=
                 std::string::npos,
             again.err);
  BOOST_TEST(service.ctl_json({"date", "list", "--concert", "1"})["dates"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_added_date_is_shown_at_once) {
  service.add_date(5, 100);
  const std::string token = service.new_token(web, new_uuid());
  const std::string path = fmt::format("/concerts/{}/dates", service.concert());
  web.get(path, token);
  const Reply cached = web.get(path, token);
  BOOST_TEST(cached.header("x-cache") == "HIT");
  BOOST_TEST(cached.json()["dates"].size() == 1U);
  service.add_date(5, 100);
  BOOST_TEST(web.get(path, token).json()["dates"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_added_date_is_listed_though_memcached_did_not_hear_of_it) {
  service.add_date(5, 100);
  const std::string token = service.new_token(web, new_uuid());
  const std::string path = fmt::format("/concerts/{}/dates", service.concert());
  web.get(path, token);
  BOOST_TEST(web.get(path, token).header("x-cache") == "HIT");
  const Outcome added =
      service.ctl({"date", "add", "--concert", std::to_string(service.concert()), "--starts-at",
                   "2099-06-30T19:30:00Z", "--seats", "5", "--price", "100"},
                  {{"CONCERT_MEMCACHED_SERVERS", "127.0.0.1:1"}});
  BOOST_TEST(added.exit_code == 0);
  BOOST_TEST(added.err.find("lists of dates show it within 2 s") != std::string::npos, added.err);
  BOOST_TEST(added.err.find("flush_all") == std::string::npos, added.err);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  BOOST_TEST(web.get(path, token).json()["dates"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_import_without_memcached_says_once_when_its_dates_are_listed) {
  const Outcome imported =
      service.ctl({"concert", "import", CONCERT_SOURCE_DIR "/docs/tour.example.json"},
                  {{"CONCERT_MEMCACHED_SERVERS", "127.0.0.1:1"}});
  BOOST_TEST(imported.out.starts_with("added 2 concerts and 3 dates;"), imported.out);
  BOOST_TEST(occurrences(imported.err, "lists of dates show it within 2 s") == 1, imported.err);
}

BOOST_AUTO_TEST_CASE(a_change_whose_warning_cannot_be_written_is_made) {
  const Outcome changed =
      run({"sh", "-c",
           program("concertctl") + " --config " + service.conf() +
               " concert import " CONCERT_SOURCE_DIR "/docs/tour.example.json 2>/dev/full"},
          {{"CONCERT_MEMCACHED_SERVERS", "127.0.0.1:1"}});
  BOOST_TEST(changed.exit_code == 0);
  BOOST_TEST(changed.out.starts_with("added 2 concerts and 3 dates;"), changed.out);
}

BOOST_AUTO_TEST_CASE(limits_set_here_are_in_force_at_once_and_reset_goes_back) {
  service.configure({{"active_limit", "1"}, {"admit_per_pass", "7"}});
  service.concertd().stop();
  service.start_concertd();
  service.new_token(web, new_uuid());
  const std::string second = service.new_token(web, new_uuid());
  BOOST_TEST(status_of(second) == "WAITING");
  const Json::Value set =
      service.ctl_json({"queue", "set", "--active-limit", "3", "--admit-per-pass", "9"});
  BOOST_TEST(set["activeLimit"].asInt() == 3);
  BOOST_TEST(service.cron().exit_code == 0);
  BOOST_TEST(status_of(second) == "ACTIVE");
  BOOST_TEST(status_of(service.new_token(web, new_uuid())) == "ACTIVE");
  BOOST_TEST(status_of(service.new_token(web, new_uuid())) == "WAITING");
  const Json::Value status = service.ctl_json({"queue", "status"});
  BOOST_TEST(status.getMemberNames() ==
                 (Words{"active", "activeLimit", "admitPerPass", "admittedPerMinute", "message",
                        "paused", "queueId", "waiting"}),
             boost::test_tools::per_element());
  BOOST_TEST(status["active"].asInt() == 3);
  BOOST_TEST(status["waiting"].asInt() == 1);
  BOOST_TEST(status["admitPerPass"].asInt() == 9);
  BOOST_TEST(status["admittedPerMinute"].asInt() == 1);
  BOOST_TEST(status["paused"].asBool() == false);
  const Json::Value reset = service.ctl_json({"queue", "reset"});
  BOOST_TEST(reset["activeLimit"].asInt() == 1);
  BOOST_TEST(reset["admitPerPass"].asInt() == 7);
  // A limit below the number of active users ends no session and is no breach.
  BOOST_TEST(service.ctl_json({"queue", "status"})["active"].asInt() == 3);
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_state_of_a_queue_has_its_opening) {
  const std::string queue =
      std::to_string(service.ctl_json({"queue", "add", "--name", "Winter"})["queueId"].asInt());
  const auto text = [&](const Words& words) { return service.ctl(words).out; };
  const auto has = [](const std::string& all, const std::string& part) {
    return all.find(part) != std::string::npos;
  };
  BOOST_TEST(!has(text({"queue", "status", "--queue", queue}), "phase"));
  service.ctl({"queue", "open-at", "--queue", queue, "--at", "2999-01-01T09:00:00Z",
               "--register-until", "2999-01-01T08:30:00Z"});
  const std::string status = text({"queue", "status", "--queue", queue});
  BOOST_TEST(has(status,
                 "phase                     CLOSED\n"
                 "opens at                  2999-01-01T09:00:00.000Z\n"
                 "registering               2999-01-01T08:00:00.000Z to 2999-01-01T08:30:00.000Z\n"
                 "entries                   0\n"),
             status);
  const std::string list = text({"queue", "list"});
  BOOST_TEST(has(list, "main  0 active, 0 waiting\n"), list);
  BOOST_TEST(has(list, "Winter  0 active, 0 waiting, CLOSED\n"), list);
}

BOOST_AUTO_TEST_CASE(while_paused_nobody_is_admitted_and_active_users_go_on) {
  const std::string inside = service.new_token(web, new_uuid());
  BOOST_TEST(service.ctl_json({"queue", "pause"})["paused"].asBool());
  BOOST_TEST(web.get("/queue").json()["paused"].asBool());
  const std::string waiting = service.new_token(web, new_uuid());
  service.cron();
  const Reply poll = web.get("/token/refresh", waiting);
  BOOST_TEST(poll.json()["status"].asString() == "WAITING");
  BOOST_TEST(poll.json()["estimatedWaitSeconds"].isNull());
  BOOST_TEST(web.get("/concerts", inside).status == 200);
  BOOST_TEST(service.ctl({"queue", "resume"}).exit_code == 0);
  service.cron();
  BOOST_TEST(status_of(waiting) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(a_message_is_said_shown_recorded_and_cleared) {
  service.configure({{"active_limit", "1"}});
  service.concertd().stop();
  service.start_concertd();
  service.new_token(web, new_uuid());
  const std::string waiting = service.new_token(web, new_uuid());
  const auto told = [&] { return web.get("/token/refresh", waiting).json()["message"]; };
  BOOST_TEST(told().isNull());
  // Stored in NFC, and without the white space around it.
  const Json::Value said = service.ctl_json({"queue", "say", "--en", " Cafe\xCC\x81 ", "--ko",
                                             "\xE1\x84\x80\xE1\x85\xA1", "--until",
                                             "2999-01-01T00:00:00Z", "--why", "break"})["message"];
  BOOST_TEST(said["en"].asString() == "Caf\xC3\xA9");
  BOOST_TEST(said["ko"].asString() == "가");
  BOOST_TEST(said["until"].asString() == "2999-01-01T00:00:00.000Z");
  BOOST_TEST(told()["en"].asString() == "Caf\xC3\xA9");
  BOOST_TEST(told()["ko"].asString() == "가");
  BOOST_TEST(told().size() == 2U);
  BOOST_TEST(service.ctl_json({"queue", "status"})["message"] == said);
  BOOST_TEST(service.ctl_json({"queue", "list"})["queues"][0]["message"] == said);
  for (const char* command : {"status", "list"}) {
    const std::string text = service.ctl({"queue", command}).out;
    BOOST_TEST(text.find("Caf\xC3\xA9 (until 2999-01-01T00:00:00.000Z)\n") != std::string::npos,
               text);
    BOOST_TEST(text.find("가\n") != std::string::npos, text);
  }
  const Outcome past =
      service.ctl({"queue", "say", "--en", "A", "--ko", "B", "--until", "2001-01-01T00:00:00Z"});
  BOOST_TEST(past.exit_code == 1);
  BOOST_TEST(past.err.find("--until has passed") != std::string::npos, past.err);
  BOOST_TEST(service.ctl({"queue", "say", "--queue", "99", "--clear"}).exit_code == 1);
  const Json::Value cleared = service.ctl_json({"queue", "say", "--clear"});
  BOOST_TEST(cleared["message"].isNull());
  BOOST_TEST(told().isNull());
  const Json::Value history = service.ctl_json({"queue", "history"})["changes"];
  BOOST_REQUIRE(history.size() == 2U);
  const auto with = [&](const char* what) {
    for (const Json::Value& entry : history)
      if (entry.toStyledString().find(what) != std::string::npos) return true;
    return false;
  };
  BOOST_TEST(with("queue say"));
  BOOST_TEST(with("break"));
  BOOST_TEST(service.ctl({"queue", "status"}).out.find("message") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_exit_75_and_no_secret_is_shown) {
  const Process::Environment away{
      {"CONCERT_DATABASE_URL", "mysql://user:hush-hush@/name?socket=/nowhere/db.sock"}};
  for (const Words& call :
       {Words{"migrate"}, Words{"concert", "list"}, Words{"date", "list", "--concert", "1"},
        Words{"concert", "add", "--title", "T", "--venue", "V"}, Words{"queue", "status"},
        Words{"queue", "pause"}, Words{"queue", "reset"}, Words{"audit"}}) {
    const Outcome outcome = service.ctl(call, away);
    BOOST_TEST(outcome.exit_code == 75, joined(call) << " exits " << outcome.exit_code);
    BOOST_TEST(lines_of(outcome.err) == 1, outcome.err);
    BOOST_TEST(outcome.err.find("hush") == std::string::npos, outcome.err);
  }
  const auto cron = run({program("concert-cron"), "--config", service.conf()}, away);
  BOOST_TEST(cron.exit_code == 75);
  BOOST_TEST((Reply{200, {}, cron.err}.json()["level"].asString() == "error"), cron.err);
  BOOST_TEST(cron.err.find("hush") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(audit_names_each_breach) {
  const std::int64_t date = service.add_date(5, 1000);
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  web.send("PATCH", "/user/" + user + "/charge", {"token: " + token}, R"({"amount": 5000})");
  const Json::Value held =
      web.post("/reservation", token,
               fmt::format(R"({{"concertDateId": {}, "seatNumber": 2}})", date))
          .json();
  const std::string payment = held["paymentId"].asString();
  const std::string reservation = held["reservationId"].asString();
  BOOST_REQUIRE(web.post("/payment/" + payment, token, "").status == 200);
  service.new_token(web, new_uuid());
  BOOST_TEST(service.ctl({"audit"}).out == "every invariant holds\n");
  BOOST_TEST(service.ctl({"audit", "--json"}).out == "{\"breaches\":[],\"ok\":true}\n");

  struct Damage {
    std::string sql, mend, invariant, id;
  };
  const std::vector<Damage> damages{
      {"UPDATE user SET balance = balance + 7 WHERE entry_count > 0",
       "UPDATE user SET balance = balance - 7 WHERE entry_count > 0",
       "balance_is_the_sum_of_its_ledger", user},
      {"UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE entry_no = 2",
       "UPDATE ledger_entry SET balance_after = balance_after - 1 WHERE entry_no = 2",
       "ledger_entries_follow", user + ":2"},
      {"UPDATE payment SET amount = amount + 1", "UPDATE payment SET amount = amount - 1",
       "payment_is_the_total", payment},
      {"UPDATE reservation SET total_price = 1", "UPDATE reservation SET total_price = 1000",
       "total_is_the_sum_of_its_seats", reservation},
      {"UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL WHERE seat_number = 2",
       "UPDATE seat SET state = 'SOLD', reservation_id = " + reservation + " WHERE seat_number = 2",
       "paid_reservation_owns_its_seats", reservation},
      {"UPDATE reservation SET state = 'RELEASED'", "UPDATE reservation SET state = 'PAID'",
       "paid_reservation_has_its_payment", reservation},
      {"UPDATE token SET state = 'EXPIRED' WHERE state = 'USED'",
       "UPDATE token SET state = 'USED' WHERE state = 'EXPIRED'", "paying_token_is_used_up",
       payment},
      {"UPDATE queue SET active_count = 2", "UPDATE queue SET active_count = 1",
       "queue_counts_its_tokens", "1"},
  };
  Session database = service.database();
  for (const Damage& damage : damages) {
    database.execute(damage.sql);
    const Outcome plain = service.ctl({"audit"});
    BOOST_TEST(plain.exit_code == 1, damage.sql);
    BOOST_TEST(plain.out.find("BREACH " + damage.invariant + ": ") != std::string::npos,
               damage.sql << ": " << plain.out);
    bool named = false;
    const Json::Value found = service.ctl_json({"audit"});
    for (const Json::Value& breach : found["breaches"]) {
      for (const Json::Value& broken : breach["ids"]) {
        named |= breach["invariant"] == damage.invariant && broken == damage.id;
      }
      BOOST_TEST(breach["detail"].isString());
    }
    BOOST_TEST(named, damage.invariant << " of " << damage.id << ": " << plain.out);
    database.execute(damage.mend);
  }
  // The text names ten of many ids, the document all of them.
  for (int n = 0; n < 12; ++n) service.new_token(web, new_uuid());
  database.execute("UPDATE user SET balance = balance + 7");
  const Outcome plain = service.ctl({"audit"});
  BOOST_TEST(plain.out.find(" and 4 more\n") != std::string::npos, plain.out);
  for (const Json::Value& breach : service.ctl_json({"audit"})["breaches"]) {
    if (breach["invariant"] == "balance_is_the_sum_of_its_ledger")
      BOOST_TEST(breach["ids"].size() == 14U);
  }
  database.execute("UPDATE user SET balance = balance - 7");
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_doctor_finds_nothing_wrong_with_a_healthy_service) {
  const Json::Value found = service.ctl_json({"doctor"});
  BOOST_TEST(service.ctl({"doctor"}).exit_code == 0);
  BOOST_TEST(found["ok"].asBool());
  for (const char* subject : {"configuration", "database", "connections", "schema", "clock",
                              "database account", "installation", "memcached", "token keys"}) {
    BOOST_TEST(finding(found, subject)["ok"].asBool(), subject);
  }
}

// As it is installed.
BOOST_AUTO_TEST_CASE(the_doctor_names_what_is_open_until_it_is_declared) {
  const auto grades = [&](const Process::Environment& environment) {
    const Outcome outcome = service.ctl({"doctor", "--json"}, environment);
    BOOST_TEST(outcome.exit_code == 0, outcome.out);
    const Json::Value found = Reply{200, {}, outcome.out}.json();
    BOOST_TEST(found["ok"].asBool());
    std::string all;
    for (const char* subject : {"identity", "charging", "rate limits", "HTTPS"}) {
      const Json::Value entry = finding(found, subject);
      BOOST_TEST(entry["ok"].asBool() == (entry["grade"] == "ok"));
      all += entry["grade"].asString() + " ";
    }
    return all;
  };
  BOOST_TEST(grades({}) == "OPEN OPEN OPEN OPEN ");
  BOOST_TEST(service.ctl({"doctor"}).out.find("\nOPEN  identity ") != std::string::npos);
  BOOST_TEST(grades({{"CONCERT_OPEN_IS_MEANT", "identity"}}) == "ok OPEN OPEN OPEN ");
  BOOST_TEST(grades({{"CONCERT_OPEN_IS_MEANT", "charging"}}) == "OPEN ok OPEN OPEN ");
  BOOST_TEST(grades({{"CONCERT_OPEN_IS_MEANT", "plain_http, rate_limits"}}) == "OPEN OPEN ok ok ");
  BOOST_TEST(grades({{"CONCERT_OPEN_IS_MEANT", "yes"}}) == "ok ok ok ok ");
  // A site that does not answer, or belongs to another service, is unknown.
  const std::string nobody = fmt::format("http://127.0.0.1:{}", free_tcp_port());
  BOOST_TEST(grades({{"CONCERT_SITE_URL", nobody}}) == "OPEN OPEN OPEN OPEN ");
  BOOST_TEST(service.ctl({"doctor"}, {{"CONCERT_SITE_URL", nobody}}).out.find(nobody + "/queue") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_doctor_asks_the_site_for_its_rate_limits) {
  std::string site = source_text("nginx/concert-reservation.conf");
  put_in_place(site, "# include snippets/concert-reservation/rate-limit.conf;",
               "include snippets/concert-reservation/rate-limit.conf;");
  service.run_site(site);
  const Json::Value found = service.ctl_json({"doctor"});
  BOOST_TEST(finding(found, "rate limits")["ok"].asBool());
  BOOST_TEST(finding(found, "HTTPS")["grade"] == "OPEN");
}

BOOST_AUTO_TEST_CASE(logins_for_any_service_are_open_until_declared_or_the_audience_is_set) {
  write_text(service.folder() + "/login.key", std::string(32, 'l'));
  Process::Environment environment{{"CONCERT_IDENTITY", "jwt"},
                                   {"CONCERT_IDENTITY_KEY_FILE", service.folder() + "/login.key"},
                                   {"CONCERT_OPEN_IS_MEANT", "rate_limits, plain_http"}};
  const auto identity = [&] {
    const Outcome outcome = service.ctl({"doctor", "--json"}, environment);
    BOOST_TEST(outcome.exit_code == 0, outcome.out);
    return finding(Reply{200, {}, outcome.out}.json(), "identity");
  };
  BOOST_TEST(identity()["grade"] == "OPEN");
  BOOST_TEST(identity()["detail"].asString().find("`identity_audience`") != std::string::npos);
  for (const char* meant : {"identity", "yes"}) {
    environment["CONCERT_OPEN_IS_MEANT"] = meant;
    const Json::Value declared = identity();
    BOOST_TEST(declared["grade"] == "ok", meant);
    BOOST_TEST(declared["detail"].asString().find("logins of any service") != std::string::npos);
  }
  environment["CONCERT_OPEN_IS_MEANT"] = "no";
  environment["CONCERT_IDENTITY_AUDIENCE"] = "tickets";
  BOOST_TEST(identity()["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(the_doctor_says_what_a_charge_needs) {
  write_text(service.folder() + "/charge.key", std::string(32, 'c'));
  const auto charging = [&](const Process::Environment& environment) {
    const Outcome outcome = service.ctl({"doctor", "--json"}, environment);
    BOOST_TEST(outcome.exit_code == 0, outcome.out);
    const Json::Value found = finding(Reply{200, {}, outcome.out}.json(), "charging");
    return found["grade"].asString() + " " + found["detail"].asString();
  };
  // Without a key nobody can charge, whatever is meant to be open.
  for (const char* meant : {"no", "yes"}) {
    const std::string said =
        charging({{"CONCERT_CHARGING", "voucher"}, {"CONCERT_OPEN_IS_MEANT", meant}});
    BOOST_TEST(said.starts_with("OPEN voucher, but there is no key"), said);
    BOOST_TEST(said.find("charge.key") != std::string::npos, said);
  }
  const std::string key = service.folder() + "/charge.key";
  Process::Environment voucher{{"CONCERT_CHARGING", "voucher"}, {"CONCERT_CHARGE_KEY_FILE", key}};
  const std::string open = charging(voucher);
  BOOST_TEST(open.starts_with("OPEN voucher, with a usable key"), open);
  BOOST_TEST(open.find("`charge_audience`") != std::string::npos, open);
  for (const char* meant : {"charging", "yes"}) {
    voucher["CONCERT_OPEN_IS_MEANT"] = meant;
    BOOST_TEST(charging(voucher).starts_with("ok voucher, with a usable key"), meant);
  }
  voucher["CONCERT_OPEN_IS_MEANT"] = "no";
  voucher["CONCERT_CHARGE_AUDIENCE"] = "tickets";
  BOOST_TEST(charging(voucher).starts_with("ok voucher, with a usable key"));
  BOOST_TEST(charging({{"CONCERT_CHARGING", "off"}}).starts_with("ok off"));
}

BOOST_AUTO_TEST_CASE(an_administrator_credits_a_user) {
  const std::string user = new_uuid();
  service.new_token(web, user);
  const auto credit = [&](Words more) {
    const Words words{"user", "credit", "--user", user};
    more.insert(more.begin(), words.begin(), words.end());
    return service.ctl(more);
  };
  const Outcome made = credit({"--amount", "700", "--why", "order 17", "--key", "k"});
  BOOST_TEST(made.exit_code == 0, made.err);
  BOOST_TEST(made.out == "700 points to user " + user + ": balance 700.\n");
  const Outcome again = credit({"--amount", "700", "--why", "order 17", "--key", "k", "--json"});
  BOOST_TEST(again.exit_code == 0, again.err);
  const Json::Value said = Reply{200, {}, again.out}.json();
  BOOST_TEST(said["replayed"].asBool());
  BOOST_TEST(said["balance"] == 700);
  BOOST_TEST(said["entryId"] == 1);
  BOOST_TEST(credit({"--amount", "701", "--why", "w", "--key", "k"}).exit_code == 1);
  BOOST_TEST(credit({"--amount", "1000000000", "--why", "w"}).exit_code == 1);
  const Outcome unknown =
      service.ctl({"user", "credit", "--user", new_uuid(), "--amount", "700", "--why", "order 17"});
  BOOST_TEST(unknown.exit_code == 1);
  BOOST_TEST(unknown.err.find("there is no user") != std::string::npos, unknown.err);
  // Of the wrong form, or without a reason.
  for (const Words& wrong : {Words{"--amount", "700"}, Words{"--amount", "0", "--why", "w"},
                             Words{"--amount", "1.5", "--why", "w"}, Words{"--why", "w"},
                             Words{"--amount", "7", "--why", "w", "--key", ""},
                             Words{"--amount", "7", "--why", "w", "--key", std::string(101, 'k')},
                             // What is kept must not name the user.
                             Words{"--amount", "7", "--why", "for " + user},
                             Words{"--amount", "7", "--why", "w", "--key", "gift-" + user}})
    BOOST_TEST(credit(wrong).exit_code == 2, joined(wrong));
  BOOST_TEST(service.ctl_json({"user", "show", "--user", user})["balance"] == 700);
  const Json::Value action = service.ctl_json({"admin", "log"})["actions"][0];
  BOOST_TEST(action["what"] == "user credit");
  BOOST_TEST(action["why"] == "order 17");
  BOOST_TEST(action["subject"]["amount"] == 700);
  BOOST_TEST(service.ctl({"user", "show", "--user", user}).out.find("CREDIT") != std::string::npos);
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_renewed_installation_forgets_what_is_cached_without_a_restart) {
  const std::string token = service.new_token(web, "7c5e2d1a-0000-4000-8000-000000000001");
  service.add_date(5, 100);
  const auto cached = [&] {
    return web.get(fmt::format("/concerts/{}/dates", service.concert()), token).header("x-cache");
  };
  BOOST_TEST(eventually([&] { return cached() == "HIT"; }));
  const std::string before =
      finding(service.ctl_json({"doctor"}), "installation")["detail"].asString();
  const std::string id = service.ctl_json({"installation", "renew"})["installationId"].asString();
  BOOST_TEST(id.size() == 16U);
  BOOST_TEST(before.find(id) == std::string::npos);
  BOOST_TEST(eventually([&] { return cached() == "MISS"; }));
  const Json::Value after = finding(service.ctl_json({"doctor"}), "installation");
  BOOST_TEST(after["ok"].asBool());
  BOOST_TEST(after["detail"].asString().find(id) != std::string::npos);
  const Json::Value action = service.ctl_json({"admin", "log", "--limit", "1"})["actions"][0];
  BOOST_TEST(action["what"].asString() == "installation renew");
  BOOST_TEST(action["subject"]["installationId"].asString() == id);
}

BOOST_AUTO_TEST_CASE(the_log_of_changes_names_ten_of_many_seats_and_its_json_all) {
  const std::int64_t date = service.add_date(1000, 100);
  service.ctl_json(
      {"seat", "block", "--date", std::to_string(date), "--seats", "1-1000", "--why", "a camera"});
  const Words log{"admin", "log", "--limit", "1"};
  const std::string text = service.ctl(log).out;
  BOOST_TEST(text.find(R"("seatNumbers":[1,2,3,4,5,6,7,8,9,10,"and 990 more"]}: a camera)") !=
                 std::string::npos,
             text);
  const Json::Value action = service.ctl_json(log)["actions"][0];
  BOOST_TEST(action["subject"]["seatNumbers"].size() == 1000U);
}

BOOST_AUTO_TEST_CASE(the_doctor_names_the_token_keys_and_shows_neither) {
  const std::string other = "another-key-that-no-output-may-show";
  write_text(service.folder() + "/other.key", other);
  const Outcome outcome = service.ctl(
      {"doctor"}, {{"CONCERT_ACCEPTED_TOKEN_KEY_FILE", service.folder() + "/other.key"}});
  const std::string both =
      fmt::format("signs with {} and accepts {} too", fingerprint_of_key(Service::kTokenKey),
                  fingerprint_of_key(other));
  BOOST_TEST(outcome.out.find(both) != std::string::npos, outcome.out);
  BOOST_TEST(outcome.out.find(other) == std::string::npos, outcome.out);
  BOOST_TEST(service.ctl({"doctor"}).out.find("accepts ") == std::string::npos);
}

// The database's clock is two seconds ahead. `init_connect` is not run for root.
BOOST_AUTO_TEST_CASE(the_doctor_tells_how_far_apart_the_clocks_are_without_a_sign) {
  const ServerSettings server;
  Session root(DatabaseUrl::parse("mysql://root@/mysql?socket=" + database_socket()), nullptr);
  const std::string database = service.database().url().database;
  root.run_text("CREATE USER ahead");
  root.run_text(fmt::format("GRANT ALL ON {}.* TO ahead", database));
  server.set("init_connect", "'SET timestamp = UNIX_TIMESTAMP(NOW(3)) + 1.9'");
  const Outcome outcome = service.ctl(
      {"doctor"}, {{"CONCERT_DATABASE_URL",
                    fmt::format("mysql://ahead@127.0.0.1:{}/{}", database_port(), database)}});
  root.run_text("DROP USER ahead");
  BOOST_TEST(outcome.out.find("within -") == std::string::npos, outcome.out);
  BOOST_TEST(outcome.out.find(" ms of the database's.") != std::string::npos, outcome.out);
}

BOOST_AUTO_TEST_CASE(the_doctor_names_each_missing_server_and_what_to_do) {
  const auto look = [&](const std::string& subject, const Process::Environment& environment,
                        const std::string& place_of_other = "") {
    const Outcome outcome = service.ctl({"doctor", "--json"}, environment);
    BOOST_TEST(outcome.exit_code == 1);
    BOOST_TEST(outcome.out.find("hush") == std::string::npos);
    BOOST_TEST(outcome.err.empty(), outcome.err);
    const Json::Value found = Reply{200, {}, outcome.out}.json();
    BOOST_TEST(!found["ok"].asBool());
    for (const Json::Value& entry : found["findings"]) {
      const bool is_other = !place_of_other.empty() && entry["subject"] == "server" &&
                            entry["detail"].asString().find(place_of_other) != std::string::npos;
      const bool is_wrong = is_other || entry["subject"] == subject;
      BOOST_TEST((entry["grade"] == "WRONG") == is_wrong, outcome.out);
    }
    return finding(found, subject)["detail"].asString();
  };
  const std::string database = look(
      "database", {{"CONCERT_DATABASE_URL", "mysql://user:hush@/name?socket=/nowhere/db.sock"}});
  BOOST_TEST(database.find("/nowhere/db.sock") != std::string::npos, database);
  BOOST_TEST(database.find("`database_url`") != std::string::npos, database);
  const ServerSettings server;
  server.set("read_only", "ON");
  BOOST_TEST(look("database", {}).find("read-only") != std::string::npos);
  // With several hosts it names the host in use and the host that does not answer.
  const std::string answers = fmt::format("127.0.0.1:{}", database_port());
  const std::string away = fmt::format("127.0.0.1:{}", free_tcp_port());
  Session root(DatabaseUrl::parse("mysql://root@/mysql?socket=" + database_socket()), nullptr);
  root.run_text("CREATE USER several");
  root.run_text("GRANT ALL ON *.* TO several");
  const std::string several = look(
      "database",
      {{"CONCERT_DATABASE_URL",
        fmt::format("mysql://several@{},{}/{}", away, answers, service.database().url().database)}},
      away);
  BOOST_TEST(several.rfind(answers + " is read-only, and no other host", 0) == 0U, several);
  root.run_text("DROP USER several");
  server.set("read_only", "OFF");
  const std::string variable = server.transactions_read_only();
  server.set(variable, "ON");
  const std::string refused = look("database", {});
  BOOST_TEST(refused.find("run there: SET GLOBAL " + variable + " = OFF") != std::string::npos,
             refused);
  server.set(variable, "OFF");
  // Set for each session: what the server's own variable says does not matter. Not run for root.
  server.set("init_connect", fmt::format("'SET SESSION {} = ON'", variable));
  root.run_text("CREATE USER plain");
  root.run_text(fmt::format("GRANT ALL ON {}.* TO plain", service.database().url().database));
  const std::string by_session =
      look("database", {{"CONCERT_DATABASE_URL", fmt::format("mysql://plain@{}/{}", answers,
                                                             service.database().url().database)}});
  BOOST_TEST(
      by_session.find("take " + variable + " out of its `init_connect`") != std::string::npos,
      by_session);
  BOOST_TEST(by_session.find("SET GLOBAL") == std::string::npos, by_session);
  root.run_text("DROP USER plain");
  server.set("init_connect", "''");
  const std::string connections = look("connections", {{"CONCERT_WORKERS", "391"}});
  BOOST_TEST(connections.find("allows 400; this host's 391 workers") != std::string::npos,
             connections);
  server.set("max_prepared_stmt_count", "0");
  BOOST_TEST(look("database", {}).find("max_prepared_stmt_count") != std::string::npos);
  server.set("max_prepared_stmt_count", "DEFAULT");
  service.database().run_text("ALTER TABLE schema_migration CHANGE applied_at at DATETIME(3)");
  BOOST_TEST(look("schema", {}).find("applied_at") != std::string::npos);
  service.database().run_text("ALTER TABLE schema_migration CHANGE at applied_at DATETIME(3)");
  const EmptyDatabase empty;
  BOOST_TEST(look("schema", empty.environment).find("concertctl migrate") != std::string::npos);
  service.memcached().kill();
  BOOST_TEST(look("memcached", {}).find("`memcached_servers`") != std::string::npos);
  const std::string paused = service.ctl({"queue", "pause"}).err;
  BOOST_TEST(paused.rfind("concertctl: memcached does not answer", 0) == 0, paused);
  BOOST_TEST(service.ctl({"doctor"}, {{"CONCERT_MEMCACHED_SERVERS", ""}}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_doctor_names_the_one_of_two_memcacheds_that_is_away) {
  const std::string here = service.folder() + "/memcached.sock";
  const std::string dead = service.folder() + "/dead.sock";
  const Outcome outcome =
      service.ctl({"doctor", "--json"}, {{"CONCERT_MEMCACHED_SERVERS", here + "," + dead}});
  BOOST_TEST(outcome.exit_code == 1);
  std::vector<std::pair<bool, std::string>> found;
  const Json::Value doctor = Reply{200, {}, outcome.out}.json();
  for (const Json::Value& entry : doctor["findings"]) {
    if (entry["subject"] == "memcached")
      found.emplace_back(entry["ok"].asBool(), entry["detail"].asString());
  }
  BOOST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0].first);
  BOOST_TEST(found[0].second.find(here) != std::string::npos, found[0].second);
  BOOST_TEST(!found[1].first);
  BOOST_TEST(found[1].second.find(dead) != std::string::npos, found[1].second);
}

BOOST_AUTO_TEST_CASE(one_slow_answer_of_memcached_is_no_finding) {
  service.memcached().signal(SIGSTOP);
  std::thread thaw([&] {
    wait_for(std::chrono::milliseconds(700));
    service.memcached().signal(SIGCONT);
  });
  const Outcome outcome = service.ctl({"doctor"});
  thaw.join();
  BOOST_TEST(outcome.exit_code == 0, outcome.out);
}

BOOST_AUTO_TEST_CASE(commands_say_when_the_schema_is_missing) {
  const EmptyDatabase empty;
  for (const Words& call : {Words{"concert", "list"}, Words{"queue", "status"}, Words{"audit"}}) {
    const Outcome outcome = service.ctl(call, empty.environment);
    BOOST_TEST(outcome.exit_code == 1, joined(call));
    BOOST_TEST(outcome.err.find("Run: concertctl migrate") != std::string::npos, outcome.err);
    BOOST_TEST(lines_of(outcome.err) == 1, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(several_hosts_may_migrate_at_once) {
  EmptyDatabase empty;
  const std::vector<int> codes =
      in_parallel(4, [&](int) { return service.ctl({"migrate"}, empty.environment).exit_code; });
  BOOST_TEST(codes == std::vector<int>(4, 0), boost::test_tools::per_element());
  const Outcome again = service.ctl({"migrate"}, empty.environment);
  BOOST_TEST(again.exit_code == 0);
  BOOST_TEST(again.out == "nothing to do\n");
  BOOST_TEST(service.ctl({"audit"}, empty.environment).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused) {
  service.database().run_text(
      "INSERT INTO schema_migration (version, name, started_at, applied_at) "
      "VALUES (9999, '9999_of_tomorrow', NOW(3), NOW(3))");
  const Outcome outcome = service.ctl({"migrate"});
  BOOST_TEST(outcome.exit_code == 1);
  BOOST_TEST(outcome.err.find("9999") != std::string::npos, outcome.err);
  BOOST_TEST(service.ctl({"doctor"}).exit_code == 1);
}

BOOST_AUTO_TEST_CASE(an_unfinished_migration_is_finished) {
  service.database().run_text("UPDATE schema_migration SET applied_at = NULL");
  BOOST_TEST(service.ctl({"doctor"}).exit_code == 1);
  BOOST_TEST(service.ctl({"migrate"}).out.find("applied 0001_initial\n") == 0);
  BOOST_TEST(service.ctl({"doctor"}).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
