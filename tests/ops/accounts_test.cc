// One database account per program (sql/accounts.sql, sql/grants.sql): with it the program does all
// of its work, and a thief of the account cannot do more.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <sstream>

#include "ctl/doctor/rights.h"
#include "store/session/errors.h"
#include "support/ops_service.h"
#include "support/servers.h"
#include "support/stack.h"
#include "support/test_user.h"
#include "support/voucher.h"

namespace concert::test {
namespace {

// A service whose database was set up by the shipped scripts, each program with its own account.
struct OwnAccounts {
  OwnAccounts() {
    apply("accounts.sql", database_name());
    apply("grants.sql", database_name());
    write_text(service.folder() + "/charge.key", kPaymentSecret);
    service.configure({{"database_url", url("concert")},
                       {"charging", "voucher"},
                       {"charge_key_file", service.folder() + "/charge.key"}});
    service.concertd().stop();
    service.start_concertd();
    concert = ctl_json({"concert", "add", "--title", "T", "--venue", "V"})["concertId"].asInt64();
    date = ctl_json({"date", "add", "--concert", std::to_string(concert), "--starts-at",
                     time_from_now(86400), "--seats", "5", "--price", "100"})["concertDateId"]
               .asInt64();
  }
  ~OwnAccounts() {
    for (const char* account : {"concert", "concert_cron", "concert_ctl", "concert_migrate"}) {
      service.database().run_text(fmt::format("DROP USER IF EXISTS {}@localhost", account));
    }
  }

  std::string database_name() const { return DatabaseUrl::parse(service.database_url()).database; }
  // The account's URL for the service's database.
  std::string url(const std::string& account) const {
    const std::string& own = service.database_url();
    return fmt::format("mysql://{}:{}{}", account, kPassword, own.substr(own.find('@')));
  }
  Session session(const std::string& account) const {
    return Session(DatabaseUrl::parse(url(account)), nullptr);
  }
  // Runs a shipped script as an administrator does, on a database of this test.
  void apply(const std::string& name, const std::string& database) const {
    std::string script = source_text("sql/" + name);
    put_in_place(script, " concert.", " " + database + ".");
    if (name == "accounts.sql") {
      put_in_place(script, "EXISTS concert ", "EXISTS " + database + " ");
      put_in_place(script, "change-this-password", kPassword);
    }
    const std::string file = service.folder() + "/" + name;
    write_text(file, script);
    const Outcome outcome = run({"mariadb", "--no-defaults", "--user=root",
                                 "--socket=" + database_socket(), "--execute=source " + file});
    BOOST_REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.err);
  }
  Outcome ctl(const std::vector<std::string>& words,
              const std::string& account = "concert_ctl") const {
    return service.ctl(words, {{"CONCERT_DATABASE_URL", url(account)}});
  }
  Json::Value ctl_json(std::vector<std::string> words) const {
    words.emplace_back("--json");
    return Reply{200, {}, ctl(words).out}.json();
  }
  Outcome cron() const {
    return run({program("concert-cron"), "--config", service.conf()},
               {{"CONCERT_DATABASE_URL", url("concert_cron")}});
  }

  // Whether the server denies this statement to the account before it looks at any row.
  bool is_denied(const std::string& account, const std::string& sql) const {
    try {
      session(account).run_text(sql);
      return false;
    } catch (const DatabaseError& error) {
      const std::string text = error.what();
      const bool denied = text.find("command denied") != std::string::npos ||
                          text.find("Access denied") != std::string::npos;
      if (!denied) BOOST_TEST_MESSAGE(sql << ": " << text);
      return denied;
    } catch (const DatabaseUnavailable& error) {
      return std::string(error.what()).find("Access denied") != std::string::npos;
    }
  }
  void expect_denied(const std::string& account, const std::vector<std::string>& statements) const {
    for (const std::string& sql : statements) {
      BOOST_TEST(is_denied(account, sql), account << ": " << sql);
    }
  }

  static constexpr const char* kPassword = Service::kPassword;
  Service service;
  Web web = service.web();
  std::int64_t concert = 0;
  std::int64_t date = 0;
};

const std::map<std::string, std::string>& account_of_program() {
  static const std::map<std::string, std::string> accounts{
      {"concertctl", "concert_ctl"}, {"concertd", "concert"}, {"concert-cron", "concert_cron"}};
  return accounts;
}

std::string program_of(const std::string& account) {
  for (const auto& [its_program, its_account] : account_of_program()) {
    if (its_account == account) return its_program;
  }
  throw std::invalid_argument("no program has the account " + account);
}

// A host with a secret for each program.
struct OwnSecrets : OwnAccounts {
  OwnSecrets() {
    std::filesystem::create_directories(folder + "/secrets");
    write_conf("");
    for (const auto& [program, account] : account_of_program())
      write_text(secret(program), url(account) + "\n");
    std::string script = source_text("sql/grants.sql");
    put_in_place(script, " concert.", " " + database_name() + ".");
    write_text(folder + "/grants.sql", script);
  }
  std::string secret(const std::string& program) const {
    return folder + "/secrets/" + program + ".database_url";
  }
  void write_conf(const std::string& line) const {
    write_text(
        folder + "/concert.conf",
        fmt::format("token_key_file = {0}/token.key\nmemcached_servers = {0}/memcached.sock\n{1}\n",
                    service.folder(), line));
  }
  // The doctor's finding about an account. Nothing else may be wrong.
  std::string look(const std::string& subject, bool sound) const {
    const Outcome outcome =
        run({program("concertctl"), "--config", folder + "/concert.conf", "doctor", "--json"});
    BOOST_TEST(outcome.exit_code == (sound ? 0 : 1), outcome.out << outcome.err);
    BOOST_TEST(outcome.out.find(kPassword) == std::string::npos, outcome.out);
    std::string detail;
    const Json::Value found = Reply{200, {}, outcome.out}.json();
    for (const Json::Value& finding : found["findings"]) {
      const bool is_it = finding["subject"].asString() == subject + " account";
      if (is_it) detail = finding["detail"].asString();
      BOOST_TEST((finding["grade"] == "WRONG") == (is_it && !sound), outcome.out);
    }
    return detail;
  }
  static void has(const std::string& text, const std::string& part) {
    BOOST_TEST(text.find(part) != std::string::npos, text);
  }
  // Runs the command that a finding names, as the administrator.
  void obey(const std::string& detail) const {
    std::string command = detail.substr(detail.find("sed -n"));
    put_in_place(command, "/usr/share/concert-reservation/", folder + "/");
    put_in_place(command, "| mariadb",
                 "| mariadb --no-defaults --user=root --socket=" + database_socket());
    const Outcome outcome = run({"sh", "-c", command});
    BOOST_TEST(outcome.exit_code == 0, command << ": " << outcome.err);
  }

  const std::string folder = service.folder() + "/own";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(accounts_test, OwnAccounts)

BOOST_AUTO_TEST_CASE(each_program_does_all_of_its_work_with_its_own_account) {
  BOOST_TEST(ctl({"migrate"}, "concert_migrate").out == "nothing to do\n");
  BOOST_TEST(web.get("/readyz").status == 200);
  BOOST_TEST(web.get("/metrics").body.find("concert_database_up 1") != std::string::npos);
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  const auto hold_with = [&](const std::string& its_token, int seat) {
    return web.send("POST", "/reservation",
                    {"token: " + its_token, "Idempotency-Key: " + new_uuid()},
                    fmt::format(R"({{"concertDateId": {}, "seatNumbers": [{}]}})", date, seat));
  };
  const auto hold = [&](int seat) { return hold_with(token, seat); };
  BOOST_TEST(web.get("/concerts", token).status == 200);
  BOOST_TEST(web.get(fmt::format("/concerts/{}/dates", concert), token).status == 200);
  BOOST_TEST(web.get(fmt::format("/concerts/{}/dates/{}/seats", concert, date), token).status ==
             200);
  const std::string charge =
      R"({"amount": 500, "voucher": ")" + voucher_text("v", user, 500) + "\"}";
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(web.send("PATCH", "/user/" + user + "/charge",
                        {"token: " + token, "Idempotency-Key: one"}, charge)
                   .status == 200);
  }
  // Without the key it is found by the voucher.
  BOOST_TEST(web.send("PATCH", "/user/" + user + "/charge", {"token: " + token}, charge)
                 .json()["balance"] == 500);
  const Reply let_go = hold(1);
  const std::string path = "/reservation/" + let_go.json()["reservationId"].asString();
  BOOST_TEST(web.get(path, token).status == 200);
  BOOST_TEST(web.send("DELETE", path, {"token: " + token}).status == 204);
  const Reply left = hold_with(service.new_token(web, new_uuid()), 2);
  const std::string payment = "/payment/" + hold(3).json()["paymentId"].asString();
  for (int i = 0; i < 2; ++i) BOOST_TEST(web.post(payment, token, "").status == 200);
  for (const char* list : {"/reservations", "/ledger"}) {
    BOOST_TEST(web.get("/client/" + user + list, token).status == 200);
  }

  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"queue", "set", "--active-limit", "1"},
        {"queue", "pause"},
        {"queue", "resume"},
        {"concert", "list"},
        {"date", "list", "--concert", std::to_string(concert)}}) {
    BOOST_TEST(ctl(words).exit_code == 0, words[0] << ' ' << words[1]);
  }
  const std::string date_text = std::to_string(date);
  const std::string paid = payment.substr(payment.rfind('/') + 1);
  BOOST_TEST(ctl_json({"user", "show", "--user", user})["reservations"].size() == 2U);
  const std::string held = left.json()["reservationId"].asString();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"seat", "block", "--date", date_text, "--seats", "5", "--why",
                                 "w"},
        {"seat", "unblock", "--date", date_text, "--seats", "5"},
        {"reservation", "show", "--reservation", paid},
        {"reservation", "release", "--reservation", held, "--why", "w"},
        {"payment", "refund", "--payment", paid, "--why", "w"},
        {"user", "credit", "--user", user, "--amount", "5", "--why", "w", "--key", "k"},
        {"sale", "report"},
        {"queue", "history"},
        {"concert", "import", CONCERT_SOURCE_DIR "/docs/tour.example.json"},
        {"admin", "log"}}) {
    const Outcome outcome = ctl(words);
    BOOST_TEST(outcome.exit_code == 0, words[0] << ' ' << words[1] << ": " << outcome.err);
  }
  for (const int active_limit : {1, 2}) {
    // Erased once while active and once while waiting.
    const std::string leaves_for_good = new_uuid();
    service.new_token(web, leaves_for_good);
    const Outcome erased = ctl({"user", "erase", "--user", leaves_for_good, "--why", "w"});
    BOOST_TEST(erased.exit_code == 0, active_limit << ": " << erased.err);
    if (active_limit == 1) ctl({"queue", "pause"});
  }
  BOOST_TEST(ctl({"queue", "resume"}).exit_code == 0);
  // One user is active. Of the waiting users one leaves, one is found lapsed by concertd and one by
  // concert-cron.
  const std::string inside = service.new_token(web, new_uuid());
  const std::string leaves = service.new_token(web, new_uuid());
  const std::string returns = new_uuid();
  for (const std::string& waits : {returns, new_uuid()}) service.new_token(web, waits);
  BOOST_TEST(web.get("/token/refresh", leaves).json()["status"] == "WAITING");
  BOOST_TEST(web.send("DELETE", "/token", {"token: " + leaves}).status == 204);
  Session administrator = service.database();
  for (const char* sql : {
           "UPDATE token SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE state = 'WAITING'",
           "UPDATE token SET ended_at = NOW(3) - INTERVAL 49 HOUR WHERE state = 'LEFT'",
           "UPDATE reservation SET held_until = NOW(3) - INTERVAL 1 SECOND WHERE state = 'HELD'",
           "UPDATE seat SET held_until = NOW(3) - INTERVAL 1 SECOND WHERE state = 'HELD'",
           "UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 25 HOUR",
           "UPDATE reservation SET ended_at = NOW(3) - INTERVAL 91 DAY WHERE state = 'RELEASED'",
       }) {
    administrator.run_text(sql);
  }
  BOOST_TEST(web.post("/token", "", user_body(returns)).status == 201);
  const Outcome first_pass = cron();
  BOOST_TEST(first_pass.exit_code == 0, first_pass.err);
  BOOST_TEST(web.send("DELETE", "/token", {"token: " + inside}).status == 204);
  const std::string comes_in = service.new_token(web, new_uuid());
  BOOST_TEST(ctl({"queue", "reset"}).exit_code == 0);
  const Outcome second_pass = cron();
  BOOST_TEST(second_pass.exit_code == 0, second_pass.err);
  BOOST_TEST(web.get("/token/refresh", comes_in).json()["status"] == "ACTIVE");

  // Of the next two the first is admitted, makes no call in time, and calls again.
  BOOST_TEST(ctl({"queue", "set", "--active-limit", "1"}).exit_code == 0);
  const std::string silent = service.new_token(web, new_uuid());
  const std::string next = service.new_token(web, new_uuid());
  BOOST_TEST(web.send("DELETE", "/token", {"token: " + comes_in}).status == 204);
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(cron().exit_code == 0);
    administrator.run_text("UPDATE token SET expires_at = NOW(3) WHERE unclaimed = 1");
  }
  BOOST_TEST(web.get("/token/refresh", next).json()["status"] == "WAITING");
  BOOST_TEST(web.get("/token/refresh", silent).json()["status"] == "WAITING");
  BOOST_TEST(cron().exit_code == 0);
  BOOST_TEST(ctl({"queue", "clear", "--why", "w"}).exit_code == 0);
  BOOST_TEST(ctl({"queue", "reset"}).exit_code == 0);
  BOOST_TEST(ctl({"doctor"}).exit_code == 0, ctl({"doctor"}).out);
  BOOST_TEST(ctl({"audit"}).exit_code == 0, ctl({"audit"}).out);
  BOOST_TEST(service.log().find("denied") == std::string::npos, service.log());
  BOOST_TEST(service.faults_of_logs({}) == "");
}

BOOST_AUTO_TEST_CASE(concertd_cannot_rewrite_what_was_paid_nor_the_rules) {
  expect_denied("concert",
                {
                    "DELETE FROM ledger_entry",
                    "UPDATE ledger_entry SET amount = 1",
                    "DELETE FROM payment",
                    "UPDATE payment SET amount = 1",
                    "DELETE FROM voucher",
                    "UPDATE voucher SET jti = 'another'",
                    "SELECT key_text FROM credit_key",
                    "DELETE FROM user",
                    "DELETE FROM token",
                    "UPDATE token SET user_id = UNHEX('00')",
                    "UPDATE token SET admitted_at = NOW(3)",
                    "DELETE FROM reservation",
                    "UPDATE reservation SET total_price = 1",
                    "UPDATE reservation SET user_id = UNHEX('00')",
                    "UPDATE reservation_seat SET price = 1",
                    "DELETE FROM seat",
                    "UPDATE seat SET price = 1",
                    "INSERT INTO seat (concert_date_id, seat_number, price) VALUES (1, 6, 1)",
                    "INSERT INTO concert (title, venue, created_at) VALUES ('T', 'V', NOW(3))",
                    "UPDATE concert SET title = 'T'",
                    "UPDATE concert_date SET starts_at = NOW(3)",
                    "UPDATE named_lock SET taken = 1",
                    "UPDATE queue SET active_limit = 1000000",
                    "UPDATE queue SET paused = 1",
                    "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) VALUES "
                    "(1, NOW(3), 1)",
                    "DELETE FROM idempotency_key",
                    "UPDATE seat SET blocked_at = NULL",
                    "SELECT who FROM admin_action",
                    "UPDATE schema_migration SET version = 9",
                    "DROP TABLE ledger_entry",
                    "TRUNCATE TABLE payment",
                    "ALTER TABLE user DROP CONSTRAINT user_balance_not_negative",
                    "CREATE TABLE mine (a INT)",
                    "CREATE TRIGGER mine BEFORE INSERT ON payment FOR EACH ROW SET @a = 1",
                    "GRANT SELECT ON concert TO concert_cron@localhost",
                    "SELECT user FROM mysql.user",
                    "SELECT 1 INTO OUTFILE '/tmp/concert-out'",
                    "SELECT * FROM mysql.global_priv",
                });
}

BOOST_AUTO_TEST_CASE(the_cron_cannot_touch_money_or_users) {
  expect_denied(
      "concert_cron",
      {
          "SELECT balance FROM user",
          "UPDATE user SET balance = 1",
          "SELECT amount FROM ledger_entry",
          "INSERT INTO ledger_entry (user_id, entry_no, kind, amount, balance_after, created_at) "
          "VALUES (UNHEX('00'), 1, 'CHARGE', 1, 1, NOW(3))",
          "SELECT amount FROM payment",
          "DELETE FROM payment",
          "SELECT jti FROM voucher",
          "INSERT INTO token (queue_id) VALUES (1)",
          "UPDATE token SET user_id = UNHEX('00')",
          "UPDATE seat SET price = 1",
          "DELETE FROM seat",
          "UPDATE reservation SET total_price = 1",
          "UPDATE reservation_seat SET price = 1",
          "UPDATE seat SET blocked_at = NULL",
          "UPDATE concert_date SET starts_at = NOW(3)",
          "DELETE FROM concert_date",
          "SELECT who FROM admin_action",
          "DELETE FROM admin_action",
          "UPDATE queue SET active_limit = 1000000",
          "UPDATE queue SET paused = 0",
          "INSERT INTO concert (title, venue, created_at) VALUES ('T', 'V', NOW(3))",
          "DROP TABLE token",
          "CREATE TABLE mine (a INT)",
      });
}

BOOST_AUTO_TEST_CASE(concertctl_cannot_rewrite_money_prices_its_record_or_tables) {
  expect_denied("concert_ctl",
                {
                    "DELETE FROM user",
                    "INSERT INTO user (user_id, created_at) VALUES (UNHEX('00'), NOW(3))",
                    "UPDATE ledger_entry SET amount = 1",
                    "DELETE FROM ledger_entry",
                    "UPDATE payment SET amount = 1",
                    "INSERT INTO payment (payment_id) VALUES (1)",
                    "INSERT INTO voucher (jti) VALUES ('v')",
                    "DELETE FROM voucher",
                    "DELETE FROM credit_key",
                    "UPDATE credit_key SET key_text = 'another'",
                    "DELETE FROM payment",
                    "UPDATE seat SET seat_number = 1",
                    "UPDATE reservation SET total_price = 1",
                    "DELETE FROM reservation",
                    "UPDATE reservation_seat SET price = 1",
                    "UPDATE token SET expires_at = NOW(3)",
                    "DELETE FROM token",
                    "UPDATE queue SET last_seq = 0",
                    "UPDATE admin_action SET who = 'nobody'",
                    "DELETE FROM admin_action",
                    "UPDATE concert SET created_at = NOW(3)",
                    "UPDATE concert_date SET concert_id = 1",
                    "UPDATE concert_date SET holds_pruned = 0",
                    "DROP TABLE concert",
                    "ALTER TABLE concert ADD COLUMN a INT",
                });
}

BOOST_AUTO_TEST_CASE(the_migration_account_makes_the_whole_schema) {
  const std::string fresh = database_name() + "_fresh";
  apply("accounts.sql", fresh);
  std::string database_url = url("concert_migrate");
  put_in_place(database_url, "/" + database_name() + "?", "/" + fresh + "?");
  const Process::Environment environment{{"CONCERT_DATABASE_URL", database_url}};
  const Outcome migrated = service.ctl({"migrate"}, environment);
  BOOST_TEST(migrated.exit_code == 0, migrated.err);
  BOOST_TEST(migrated.out.find("applied") != std::string::npos, migrated.out);
  apply("grants.sql", fresh);
  service.database().run_text("DROP DATABASE " + fresh);
}

BOOST_AUTO_TEST_CASE(migrations_cannot_delete_rows_or_leave_the_database) {
  expect_denied("concert_migrate", {
                                       "DELETE FROM payment",
                                       "SELECT user FROM mysql.user",
                                       "CREATE DATABASE mine",
                                       "CREATE USER mine",
                                   });
}

// Shows that the denials above come from the grants: with one more right the same statement passes.
BOOST_AUTO_TEST_CASE(an_extra_right_is_noticed) {
  const std::string sql = "DELETE FROM ledger_entry";
  BOOST_TEST(is_denied("concert", sql));
  Session(DatabaseUrl::parse("mysql://root@/mysql?socket=" + database_socket()), nullptr)
      .run_text(
          fmt::format("GRANT DELETE ON {}.ledger_entry TO concert@localhost", database_name()));
  BOOST_TEST(!is_denied("concert", sql));
  apply("grants.sql", database_name());
  BOOST_TEST(is_denied("concert", sql));
}

BOOST_FIXTURE_TEST_CASE(the_doctor_tries_the_accounts_of_the_services, OwnSecrets) {
  for (const char* name : {"concertd", "concert-cron"}) {
    has(look(name, true), "can log in");
    const std::string right = url(account_of_program().at(name));
    std::string wrong = right;
    put_in_place(wrong, kPassword, "mistyped");
    write_text(secret(name), wrong + "\n");
    const std::string refused = look(name, false);
    has(refused, "Access denied");
    has(refused, secret(name));
    write_text(secret(name), "nonsense\n");
    has(look(name, false), secret(name));
    // A host without that program.
    std::filesystem::remove(secret(name));
    BOOST_TEST(look(name, true) == "");
    write_text(secret(name), right + "\n");
  }
}

BOOST_FIXTURE_TEST_CASE(the_doctor_names_missing_rights_and_how_to_give_them, OwnSecrets) {
  Session root(DatabaseUrl::parse("mysql://root@/mysql?socket=" + database_socket()), nullptr);
  int lines = 0;
  std::istringstream script(source_text("sql/grants.sql"));
  for (std::string line; std::getline(script, line);) {
    if (line.rfind("GRANT", 0) != 0) continue;
    ++lines;
    const std::vector<Right> rights = parse_rights(line);
    const std::string program = program_of(rights[0].account);
    put_in_place(line, "GRANT", "REVOKE");
    put_in_place(line, " TO ", " FROM ");
    put_in_place(line, " concert.", " " + database_name() + ".");
    root.run_text(line);
    // MariaDB lets rows be locked without it, so its lack cannot be seen there.
    const bool is_seen = tests_mysql() || rights[0].privilege != "LOCK TABLES";
    const std::string found = look(program, !is_seen);
    if (!is_seen) continue;
    has(found, text_of(rights) + " (");
    obey(found);
  }
  BOOST_TEST(lines > 30);
  for (const auto& [program, account] : account_of_program())
    has(look(program, true), "can log in");
}

// As after accounts.sql and before grants.sql: the server refuses the login.
BOOST_FIXTURE_TEST_CASE(the_doctor_says_what_gives_an_account_its_first_rights, OwnSecrets) {
  Session root(DatabaseUrl::parse("mysql://root@/mysql?socket=" + database_socket()), nullptr);
  root.run_text("REVOKE ALL PRIVILEGES, GRANT OPTION FROM concert@localhost");
  const std::string found = look("concertd", false);
  has(found, "(error 1044)");
  obey(found);
  has(look("concertd", true), "can log in");
}

BOOST_FIXTURE_TEST_CASE(the_doctor_says_that_a_right_could_not_be_tried_on_a_locked_table,
                        OwnSecrets) {
  Session other(DatabaseUrl::parse(service.database_url()), nullptr);
  other.run_text("LOCK TABLES queue_admission READ");  // which only concert-cron writes
  has(look("concert-cron", false), "could not be tried");
  other.run_text("UNLOCK TABLES");
  has(look("concert-cron", true), "can log in");
}

BOOST_FIXTURE_TEST_CASE(the_doctor_tries_one_account_of_all_programs_for_the_work_of_each,
                        OwnSecrets) {
  write_conf("database_url = " + service.database_url());
  has(look("database", true), "can log in");
  write_conf("database_url = " + url("concert"));
  const std::string found = look("database", false);
  for (const char* right : {"DELETE ON token", "UPDATE (holds_pruned) ON concert_date"})
    has(found, right);
  obey(found);
  has(look("database", true), "can log in");
}

BOOST_AUTO_TEST_CASE(a_program_with_anothers_account_says_what_to_do) {
  const Outcome outcome = ctl({"concert", "add", "--title", "T", "--venue", "V"}, "concert");
  BOOST_TEST(outcome.exit_code == 1);
  BOOST_TEST(outcome.err.find("`database_url`") != std::string::npos, outcome.err);
  BOOST_TEST(outcome.err.find("grants.sql") != std::string::npos, outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
