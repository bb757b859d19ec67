// How the three programs read their configuration.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <sstream>

#include "base/settings_source.h"
#include "settings/settings.h"
#include "support/ops_service.h"
#include "support/test_user.h"
#include "support/ticket_key.h"

namespace concert::test {
namespace {

constexpr const char* kPrograms[] = {"concertctl", "concertd", "concert-cron"};

struct OneFile {
  OneFile() {
    write_text(key, std::string(32, 'k'));
    write(good());
  }

  std::string good() const {
    return fmt::format(
        "database_url = mysql://u:hush@/n?socket=/nowhere/db.sock\n"
        "token_key_file = {}\nlisten_socket = {}/concertd.sock\n",
        key, folder.path());
  }
  void write(const std::string& text) { write_text(file, text); }

  Outcome start(const std::string& name, const Process::Environment& environment = {}) const {
    std::vector<std::string> command{program(name), "--config", file};
    if (name == "concertctl") command.insert(command.end(), {"queue", "status"});
    return run(command, environment);
  }

  // Each program refuses to start, with a line for each mistake; the lines contain `words`.
  void expect_refusal(const std::vector<std::string>& words,
                      const Process::Environment& environment = {}, int mistakes = 1) const {
    for (const char* name : kPrograms) {
      const Outcome outcome = start(name, environment);
      BOOST_TEST(outcome.exit_code == 78, name << ": " << outcome.err);
      BOOST_TEST(occurrences(outcome.err, "\n") == mistakes, outcome.err);
      BOOST_TEST(outcome.err.rfind(std::string(name) + ": ", 0) == 0, outcome.err);
      BOOST_TEST(outcome.err.find("hush") == std::string::npos, outcome.err);
      for (const std::string& word : words) {
        BOOST_TEST(outcome.err.find(word) != std::string::npos, word << " in " << outcome.err);
      }
    }
  }

  ScratchFolder folder;
  std::string file = folder.path() + "/concert.conf";
  std::string key = folder.path() + "/token.key";
};

// The example with the # taken off every key.
std::string uncommented_example() {
  std::istringstream lines(text_of(CONCERT_SOURCE_DIR "/systemd/concert.conf.example"));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const bool is_key = line.size() > 1 && line[0] == '#' && std::islower(line[1]) != 0 &&
                        line.find(" = ") != std::string::npos;
    text += (is_key ? line.substr(1) : line) + "\n";
  }
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(configuration_test, OneFile)

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  std::filesystem::remove(file);
  expect_refusal({file, "--config"});
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_named) {
  write(good() + "active_limmit = 5\n");
  expect_refusal({file + ":4", "`active_limmit`", "`active_limit`"});
}

BOOST_AUTO_TEST_CASE(every_mistake_is_reported_at_once) {
  write(good() + "workers = many\nidentity = closed\nsell = all\nmemcached\n");
  expect_refusal({":4: `workers`", ":5: `identity`", ":6: unknown key", ":7: the line"}, {}, 4);
  write(
      fmt::format("token_key_file = {0}/a\naccepted_token_key_file = {0}/b\nidentity = jwt\n"
                  "identity_key_file = {0}/c\nmemcached_servers = a:b\nlisten_socket = {0}\n"
                  "database_url = mysql:\n",
                  folder.path()));
  expect_refusal(
      {":1: `token_key_file`", ":2: `accepted_token_key_file`", ":4: `identity_key_file`",
       ":5: `memcached_servers`", ":6: `listen_socket`", ":7: `database_url`", folder.path() + "/a",
       folder.path() + "/b", folder.path() + "/c"},
      {}, 6);
}

BOOST_AUTO_TEST_CASE(a_configuration_is_checked_without_a_start) {
  for (const char* name : {"concertd", "concert-cron"}) {
    const std::vector<std::string> check{program(name), "--config", file, "--check-config"};
    write(good());
    const Outcome sound = run(check);
    BOOST_TEST(sound.exit_code == 0, sound.err);
    BOOST_TEST(occurrences(sound.out, "\n") == 1);
    write(good() + "workers = many\n");
    BOOST_TEST(run(check).exit_code == 78);
  }
  BOOST_TEST(!std::filesystem::exists(folder.path() + "/concertd.sock"));
}

BOOST_AUTO_TEST_CASE(a_key_given_twice_is_named) {
  write(good() + "workers = 5\nworkers = 6\n");
  expect_refusal({"workers"});
}

BOOST_AUTO_TEST_CASE(a_line_without_an_equals_sign_shows_only_its_key) {
  write(good() + "database_url mysql://u:hush@/n?socket=/nowhere/db.sock\n");
  expect_refusal({file, "`database_url..."});
  write(good() + "database_url mysql://u:hush@h/n\n");
  expect_refusal({file, "`database_url..."});
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_named) {
  for (const char* number : {"hold_seconds", "hold_longest_seconds", "active_seconds",
                             "waiting_seconds", "active_limit", "admit_per_pass", "holds_per_visit",
                             "seat_limit", "balance_limit", "dates_cache_seconds", "workers"}) {
    for (const char* value : {"0", "-1", "1.5", "many", "", "99999999999999999999"}) {
      write(good() + fmt::format("{} = {}\n", number, value));
      const Outcome outcome = start("concert-cron");
      BOOST_TEST(outcome.exit_code == 78, number << " = " << value);
      BOOST_TEST(outcome.err.find(number) != std::string::npos, outcome.err);
    }
  }
  write(good() + "hold_seconds = 30\nhold_longest_seconds = 29\n");
  expect_refusal({file + ":5", "hold_longest_seconds", "at least hold_seconds, which is 30"});
  write(good() + "identity = closed\n");
  expect_refusal({"identity", "closed"});
  for (const char* url : {"postgres://u:hush@h/n", "mysql://u:hush@h:99999/n", "mysql://u:hush@h",
                          "mysql://u:hush@/n?sock=x", "mysql://:hush@h/n", "mysql://u:%zz@h/n"}) {
    write(fmt::format("token_key_file = {}\ndatabase_url = {}\n", key, url));
    expect_refusal({"database_url"});
  }
  write(fmt::format("token_key_file = {}\ndatabase_url = mysql://u:hu#sh@h/n\n", key));
  expect_refusal({"database_url", "is written %23"});
}

BOOST_AUTO_TEST_CASE(a_bad_list_of_memcached_servers_is_named) {
  write(good() + "memcached_servers = host:port\n");
  expect_refusal({file + ":4: `memcached_servers`", "host:port"});
  write(good() + "memcached_servers = host:11211,relative\n");
  expect_refusal({file + ":4: `memcached_servers`", "`relative`"});
}

BOOST_AUTO_TEST_CASE(a_socket_whose_path_is_too_long_is_named) {
  const std::string folder_of_94(94, 'f');
  const Process::Environment longest{{"CONCERT_LISTEN_SOCKET", "/" + folder_of_94 + "/s.sock"}};
  BOOST_TEST(start("concertctl", longest).exit_code == 75);
  expect_refusal({"`listen_socket`", "107 bytes"},
                 {{"CONCERT_LISTEN_SOCKET", "/" + folder_of_94 + "/concertd-.sock"}});
  expect_refusal({"`listen_socket`", "107 bytes", "events.sock"},
                 {{"CONCERT_LISTEN_SOCKET", "/f" + folder_of_94 + "/s.sock"}});
}

BOOST_AUTO_TEST_CASE(a_missing_secret_is_named) {
  write("token_key_file = " + key + "\n");
  expect_refusal({"database_url"});
  write("database_url = mysql://u:hush@/n?socket=/nowhere/db.sock\n");
  expect_refusal({"token_key_file"});
  write(good());
  std::filesystem::remove(key);
  expect_refusal({"token_key_file", key});
  write_text(key, "hush, it is too short");
  expect_refusal({"token_key_file", "32 bytes"});
}

BOOST_AUTO_TEST_CASE(secrets_beside_the_file_stand_in_for_keys_that_are_not_given) {
  write("");
  const std::string secrets = folder.path() + "/secrets";
  expect_refusal({"token_key_file", secrets + "/token.key", "database_url"}, {}, 2);
  std::filesystem::create_directory(secrets);
  write_text(secrets + "/token.key", "\n");  // what systemd passes for an absent one
  expect_refusal({"token_key_file", secrets + "/token.key", "database_url"}, {}, 2);
  write_text(secrets + "/token.key", std::string(32, 's'));
  for (const char* name : kPrograms) {
    const std::string url = secrets + "/" + name + ".database_url";
    const Outcome without = start(name);
    BOOST_TEST(without.exit_code == 78, name);
    BOOST_TEST(without.err.find(url) != std::string::npos, without.err);
    write_text(url, "mysql://" + std::string(name) + ":hush@/n?socket=/nowhere/db.sock\n");
    const Settings settings = Settings::read(file, name);
    BOOST_TEST(settings.database.user == name);
    BOOST_TEST(settings.token_key == std::string(32, 's'));
  }
  // Each program has its own account and uses no other.
  BOOST_CHECK_THROW(Settings::read(file, "migrate"), ConfigurationError);
}

BOOST_AUTO_TEST_CASE(the_file_and_the_environment_beat_a_secret) {
  const std::string secrets = folder.path() + "/secrets";
  std::filesystem::create_directory(secrets);
  write_text(secrets + "/token.key", std::string(32, 's'));
  write_text(secrets + "/concertd.database_url", "mysql://s:hush@/n?socket=/nowhere/s.sock");
  const Settings settings = Settings::read(file, "concertd");
  BOOST_TEST(settings.token_key == std::string(32, 'k'));
  BOOST_TEST(settings.database.user == "u");
  expect_refusal({"database_url"}, {{"CONCERT_DATABASE_URL", ""}});
}

BOOST_AUTO_TEST_CASE(credentials_of_systemd_replace_the_folder) {
  write("");
  const std::string handed_over = folder.path() + "/handed-over";
  std::filesystem::create_directory(handed_over);
  // systemd's copy is gone once the service ends, so the message names the secrets folder.
  expect_refusal({"token_key_file", folder.path() + "/secrets/token.key"},
                 {{"CREDENTIALS_DIRECTORY", handed_over}}, 2);
  write_text(handed_over + "/token.key", "hush, it is too short");
  expect_refusal({"token_key_file", "32 bytes", folder.path() + "/secrets/token.key"},
                 {{"CREDENTIALS_DIRECTORY", handed_over}}, 2);
}

BOOST_AUTO_TEST_CASE(a_bad_accepted_key_is_named) {
  const std::string other = folder.path() + "/other.key";
  write(good() + "accepted_token_key_file = " + other + "\n");
  expect_refusal({"`accepted_token_key_file`", other});
  write_text(other, "hush, it is too short");
  expect_refusal({"`accepted_token_key_file`", "32 bytes"});
  write_text(other, text_of(key) + "\n");
  expect_refusal({"`accepted_token_key_file`", "same key"});
}

BOOST_AUTO_TEST_CASE(a_missing_or_bad_identity_key_is_named) {
  expect_refusal({file + ": `identity_key_file`", folder.path() + "/secrets/identity.key"},
                 {{"CONCERT_IDENTITY", "jwt"}});
  expect_refusal({"identity_key_file"},
                 {{"CONCERT_IDENTITY", "jwt"}, {"CONCERT_IDENTITY_KEY_FILE", "/nowhere/key"}});
  write_text(folder.path() + "/identity.key", "hush, it is too short");
  write(good() + "identity = jwt\nidentity_key_file = " + folder.path() + "/identity.key\n");
  expect_refusal({file + ":5: `identity_key_file`", "32 bytes"});
}

BOOST_AUTO_TEST_CASE(one_key_for_logins_and_queue_tokens_is_named) {
  write(good() + "identity = jwt\nidentity_key_file = " + key + "\n");
  expect_refusal({file + ":5: `identity_key_file`", "the same key as `token_key_file`"});
}

BOOST_AUTO_TEST_CASE(one_key_for_vouchers_and_anything_else_is_named) {
  write(good() + "charging = voucher\ncharge_key_file = " + key + "\n");
  expect_refusal({file + ":5: `charge_key_file`", "the same key as `token_key_file`"});
  const std::string login = folder.path() + "/login.key";
  write_text(login, std::string(32, 'l'));
  write(good() + "charging = voucher\ncharge_key_file = " + login +
        "\nidentity = jwt\nidentity_key_file = " + login + "\n");
  expect_refusal({file + ":5: `charge_key_file`", "the same key as `identity_key_file`"});
  write(good() + "charging = voucher\ncharge_key_file = /nowhere/key\n");
  expect_refusal({file + ":5: `charge_key_file`"});
}

BOOST_AUTO_TEST_CASE(vouchers_without_a_key_are_no_mistake_and_the_secret_is_found) {
  write(good() + "charging = voucher\n");
  BOOST_TEST(Settings::read(file, "concertd").charge_key.empty());
  std::filesystem::create_directory(folder.path() + "/secrets");
  const std::string secret = folder.path() + "/secrets/charge.key";
  write_text(secret, "\n");  // what systemd passes for an absent one
  BOOST_TEST(Settings::read(file, "concertd").charge_key.empty());
  write_text(secret, std::string(32, 'c') + "\n");
  BOOST_TEST(Settings::read(file, "concertd").charge_key == std::string(32, 'c'));
}

BOOST_AUTO_TEST_CASE(a_ticket_key_of_another_kind_is_named_and_a_missing_one_is_no_mistake) {
  write(good() + "ticket_key_file = " + key + "\n");
  expect_refusal({file + ":4: `ticket_key_file`", "not an Ed25519 private key"});
  write(good() + "ticket_key_file = /nowhere/key\n");
  expect_refusal({file + ":4: `ticket_key_file`"});
  write(good());
  BOOST_TEST(Settings::read(file, "concertd").ticket_key.empty());
  std::filesystem::create_directory(folder.path() + "/secrets");
  const std::string secret = folder.path() + "/secrets/ticket.key";
  write_text(secret, "\n");  // what systemd passes for an absent one
  BOOST_TEST(Settings::read(file, "concertd").ticket_key.empty());
  write_text(secret, kTicketKey);
  BOOST_TEST(Settings::read(file, "concertd").ticket_key + "\n" == kTicketKey);
}

BOOST_AUTO_TEST_CASE(the_environment_beats_the_file) {
  expect_refusal({"CONCERT_ACTIVE_LIMIT", "active_limit"}, {{"CONCERT_ACTIVE_LIMIT", "none"}});
  write(good() + "active_limit = none\n");
  expect_refusal({"active_limit", file});
  // With the value corrected, the only failure is that the database is away.
  BOOST_TEST(start("concertctl", {{"CONCERT_ACTIVE_LIMIT", "5"}}).exit_code == 75);
}

BOOST_AUTO_TEST_CASE(an_empty_value_in_the_environment_overrides_the_file) {
  expect_refusal({"CONCERT_WORKERS", "workers"}, {{"CONCERT_WORKERS", ""}});
  expect_refusal({"CONCERT_DATABASE_URL", "database_url"}, {{"CONCERT_DATABASE_URL", ""}});
}

BOOST_AUTO_TEST_CASE(unknown_names_in_the_environment_are_ignored) {
  const Process::Environment others{{"CONCERT_NONSENSE", "x"}, {"CONCERT_PORT", "y"}};
  BOOST_TEST(start("concertctl", others).exit_code == 75);
  BOOST_TEST(start("concert-cron", others).exit_code == 75);
}

BOOST_AUTO_TEST_CASE(the_example_is_valid_and_its_comments_show_the_defaults) {
  std::string example = uncommented_example();
  const auto put = [&](const std::string& from, const std::string& to) {
    for (auto at = example.find(from); at != std::string::npos; at = example.find(from, at + 1)) {
      example.replace(at, from.size(), to);
    }
  };
  put("/etc/concert-reservation/identity.key", key);
  put("/etc/concert-reservation/token.key", key);
  put("/etc/concert-reservation/token-2.key", key + "-2");
  put("/etc/concert-reservation/charge.key", key + "-3");
  put("/etc/concert-reservation/ticket.key", key + "-4");
  write_text(key + "-4", kTicketKey);
  write_text(key + "-2", std::string(32, 'n'));
  write_text(key + "-3", std::string(32, 'p'));
  write(example);
  const Settings shown = Settings::read(file);
  write(good());
  const Settings defaults = Settings::read(file);
  BOOST_TEST(shown.hold_seconds == defaults.hold_seconds);
  BOOST_TEST(shown.hold_longest_seconds == defaults.hold_longest_seconds);
  BOOST_TEST(shown.active_seconds == defaults.active_seconds);
  BOOST_TEST(shown.waiting_seconds == defaults.waiting_seconds);
  BOOST_TEST(shown.active_limit == defaults.active_limit);
  BOOST_TEST(shown.admit_per_pass == defaults.admit_per_pass);
  BOOST_TEST(shown.admit_interval_seconds == defaults.admit_interval_seconds);
  BOOST_TEST(shown.holds_per_visit == defaults.holds_per_visit);
  BOOST_TEST(shown.seat_limit == defaults.seat_limit);
  BOOST_TEST(shown.balance_limit == defaults.balance_limit);
  BOOST_TEST(shown.dates_cache_seconds == defaults.dates_cache_seconds);
  BOOST_TEST(shown.workers == defaults.workers);
  BOOST_TEST(shown.worker_requests == defaults.worker_requests);
  BOOST_TEST((shown.identity == defaults.identity));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_file_without_its_last_newline_is_refused_by_the_cron_alone_and_says_so) {
  Service service;
  const std::string state = service.folder() + "/state";
  std::filesystem::create_directory(state);
  const auto pass = [&] {
    return run({program("concert-cron"), "--config", service.conf()}, {{"STATE_DIRECTORY", state}});
  };
  BOOST_TEST(pass().exit_code == 0);
  write_text(service.conf(), text_of(service.conf()) + "seat_limit = 3");
  BOOST_TEST(run({program("concertd"), "--config", service.conf(), "--check-config"}).exit_code ==
             0);
  const std::string said = pass().err;
  BOOST_TEST(said.find("the configuration is wrong; this pass uses the copy") != std::string::npos,
             said);
  BOOST_TEST(said.find("the last line does not end") != std::string::npos, said);
}

// Runs concert-cron as its unit does.
BOOST_AUTO_TEST_CASE(a_typo_in_the_file_does_not_stop_admissions_and_is_reported_everywhere) {
  Service service(Service::Keys{{"active_limit", "1"}});
  const std::string state = service.folder() + "/state";
  std::filesystem::create_directory(state);
  const Process::Environment unit{{"STATE_DIRECTORY", state}};
  const auto pass = [&] {
    return run({program("concert-cron"), "--config", service.conf()}, unit);
  };
  Web web = service.web();
  BOOST_TEST(pass().exit_code == 0);
  const std::string first = service.new_token(web, new_uuid());
  const std::string waiting = service.new_token(web, new_uuid());
  BOOST_TEST(web.get("/token/refresh", waiting).json()["status"] == "WAITING");
  BOOST_TEST(web.send("DELETE", "/token", {"token: " + first}).status == 204);

  write_text(service.conf(), text_of(service.conf()) + "active_limmit = 5\n");
  const Outcome on_copy = pass();
  BOOST_TEST(on_copy.exit_code == 0, on_copy.err);
  BOOST_TEST(web.get("/token/refresh", waiting).json()["status"] == "ACTIVE");
  BOOST_TEST(on_copy.err.find("\"level\":\"error\"") != std::string::npos, on_copy.err);
  BOOST_TEST(on_copy.err.find("active_limmit") != std::string::npos, on_copy.err);
  BOOST_TEST(on_copy.err.find("wrong, and concertd would not start with it; this pass uses") !=
                 std::string::npos,
             on_copy.err);
  BOOST_TEST(eventually([&] {
    return web.get("/metrics").body.find("\nconcert_cron_kept_configuration_passes_total 1\n") !=
           std::string::npos;
  }));
  const Outcome refused = service.ctl({"doctor"}, unit);
  BOOST_TEST(refused.exit_code == 78);
  BOOST_TEST(refused.err.find("concert-cron used its copy") != std::string::npos, refused.err);
  // After the correction it is reported until the next pass.
  service.configure({{"active_limit", "1"}});
  const Outcome not_yet = service.ctl({"doctor"}, unit);
  BOOST_TEST(not_yet.exit_code == 1);
  BOOST_TEST(not_yet.out.find("WRONG concert-cron ") != std::string::npos, not_yet.out);
  const Outcome mended = pass();
  BOOST_TEST(mended.exit_code == 0);
  BOOST_TEST(mended.err.find("error") == std::string::npos, mended.err);
  BOOST_TEST(service.ctl({"doctor"}, unit).exit_code == 0);

  std::filesystem::remove(state + "/concert.conf");
  write_text(service.conf(), text_of(service.conf()) + "active_limmit = 5\n");
  BOOST_TEST(pass().exit_code == 78);
}

BOOST_AUTO_TEST_CASE(a_key_is_the_bytes_of_its_file_without_one_trailing_newline) {
  Service service;
  Web web = service.web();
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  const auto status_with = [&](const std::string& key) {
    service.concertd().stop();
    write_text(service.folder() + "/token.key", key);
    service.start_concertd();
    return web.get("/concerts", token).status;
  };
  const std::string key = Service::kTokenKey;
  BOOST_TEST(status_with(key + "\n") == 200);
  BOOST_TEST(status_with(key + "\n\n") == 401);
  BOOST_TEST(status_with(key) == 200);
}

}  // namespace concert::test
