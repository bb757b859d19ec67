// A database_url with several hosts, against two servers.
#include <fmt/format.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <optional>
#include <set>

#include "ctl/doctor/doctor.h"
#include "store/session/errors.h"
#include "store/session/host_choice.h"
#include "store/session/session.h"
#include "store/session/transaction.h"
#include "support/logs.h"
#include "support/servers.h"
#include "support/sockets.h"
#include "support/stack.h"

namespace concert::test {
namespace {

// Nothing is replicated between them. The account, unlike root, cannot write where a server is
// read-only.
class TwoServers {
 public:
  TwoServers() : TwoServers(database_socket(), database_port()) {}
  TwoServers(const std::string& first_socket, int first_port) {
    static const DatabaseServer second_server;
    ports_ = {first_port, second_server.port()};
    const std::array sockets{first_socket, second_server.socket()};
    for (const std::string& socket : sockets) {
      admins_.push_back(std::make_unique<Session>(
          DatabaseUrl::parse("mysql://root@/mysql?socket=" + socket), nullptr));
      Session& admin = *admins_.back();
      for (const char* text :
           {"CREATE DATABASE hosts", "CREATE TABLE hosts.written (n INT NOT NULL)",
            "CREATE USER seller", "GRANT ALL ON hosts.* TO seller"}) {
        admin.run_text(text);
      }
      install(admin);
    }
  }
  ~TwoServers() {
    for (int i = 0; i < 2; ++i) {
      set_read_only(i, false);
      set_transactions_read_only(i, false);
      admin(i).run_text("DROP USER seller");
      admin(i).run_text("DROP DATABASE hosts");
    }
  }
  TwoServers(const TwoServers&) = delete;
  TwoServers& operator=(const TwoServers&) = delete;

  // What says that a database is of an installation.
  static void install(Session& admin) {
    admin.run_text("CREATE TABLE hosts.installation (installation_id CHAR(16) NOT NULL)");
    admin.run_text("INSERT INTO hosts.installation VALUES ('0123456789abcdef')");
  }
  Session& admin(int i) { return *admins_[static_cast<std::size_t>(i)]; }
  void set_read_only(int i, bool on) { set(i, "read_only", on); }
  // Of transactions of new connections, root's too. By the variable's name.
  static std::string transactions_read_only() {
    return tests_mysql() ? "transaction_read_only" : "tx_read_only";
  }
  void set_transactions_read_only(int i, bool on) { set(i, transactions_read_only(), on); }
  std::string place(int i) const {
    return fmt::format("127.0.0.1:{}", ports_[static_cast<std::size_t>(i)]);
  }
  DatabaseUrl url(const std::string& hosts) const {
    return DatabaseUrl::parse(fmt::format("mysql://seller@{}/hosts", hosts));
  }
  std::int64_t written(int i) {
    auto rows = admin(i).query("SELECT COUNT(*) FROM hosts.written");
    rows.next();
    return rows.number(1);
  }

 private:
  void set(int i, const std::string& variable, bool on) {
    admin(i).run_text(fmt::format("SET GLOBAL {} = {}", variable, on ? "ON" : "OFF"));
  }

  std::array<int, 2> ports_{};
  std::vector<std::unique_ptr<Session>> admins_;
};

struct BothInUrl : TwoServers {
  using TwoServers::TwoServers;

  DatabaseUrl both = url(place(0) + "," + place(1));
  Session db{both, nullptr};

  static std::int64_t number(Session& session, const std::string& sql) {
    auto rows = session.query(sql);
    rows.next();
    return rows.number(1);
  }
  // Which of the two the session is connected to, as the server says.
  int host() { return host_of(db); }
  int host_of(Session& session) const {
    return fmt::format("127.0.0.1:{}", number(session, "SELECT @@port")) == place(0) ? 0 : 1;
  }
  // Whether the session comes to that host without a statement that fails.
  bool comes_to(Session& session, int wanted) const {
    return eventually([&] {
      session.rest();
      return host_of(session) == wanted;
    });
  }
  static void write(Session& session) { session.execute("INSERT INTO written (n) VALUES (1)"); }
  // What the refusal of a write says.
  static std::string refusal_of_write(Session& session) {
    try {
      write(session);
    } catch (const DatabaseUnavailable& error) {
      return error.what();
    }
    return "";
  }
  bool can_write() { return refusal_of_write(db).empty(); }
};

struct GaleraFirst : BothInUrl {
  GaleraFirst() : BothInUrl(node().server().socket(), node().server().port()) {}
  ~GaleraFirst() {
    node().come_back();
    // The node ended all connections when it left.
    admin(0).query("SELECT 1");
  }
  static const GaleraNode& node() {
    static const GaleraNode one;
    return one;
  }
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_hosts_test, BothInUrl)

BOOST_AUTO_TEST_CASE(of_hosts_that_may_be_written_to_the_first_is_used) {
  BOOST_TEST(host() == 0);
  BOOST_TEST(db.place() == place(0));
}

BOOST_AUTO_TEST_CASE(one_that_is_read_only_is_passed_over) {
  set_read_only(0, true);
  BOOST_TEST(host() == 1);
  BOOST_TEST(db.place() == place(1));
  write(db);
  BOOST_TEST(written(1) == 1);
}

BOOST_AUTO_TEST_CASE(one_whose_transactions_are_read_only_is_passed_over) {
  BOOST_TEST(host() == 0);
  set_transactions_read_only(0, true);
  Session newcomer(both, nullptr);
  write(newcomer);
  BOOST_TEST(host_of(newcomer) == 1);
  BOOST_TEST(comes_to(db, 1));
  set_transactions_read_only(0, false);
  BOOST_TEST(comes_to(db, 0));
  write(db);
  BOOST_TEST(written(0) == 1);
}

BOOST_AUTO_TEST_CASE(one_that_makes_each_session_read_only_is_passed_over) {
  const auto set = [&](const std::string& text) {
    admin(0).run_text(fmt::format("SET GLOBAL init_connect = '{}'", text));
  };
  set("SET SESSION TRANSACTION READ ONLY");
  Session newcomer(both, nullptr);
  BOOST_TEST(host_of(newcomer) == 1);
  write(newcomer);
  set("");
  BOOST_TEST(comes_to(newcomer, 0));
  write(newcomer);
}

BOOST_AUTO_TEST_CASE(a_right_that_is_given_is_used_by_sessions_that_lacked_it) {
  admin(0).run_text("REVOKE INSERT ON hosts.* FROM seller");
  Session only(url(place(0)), nullptr);
  BOOST_CHECK_THROW(write(only), RightMissing);
  admin(0).run_text("GRANT INSERT ON hosts.* TO seller");
  BOOST_TEST(eventually([&] {
    only.rest();
    try {
      write(only);
      return true;
    } catch (const RightMissing&) {
      return false;
    }
  }));
}

// A connection keeps what its server had when it was made.
BOOST_AUTO_TEST_CASE(the_only_host_may_be_written_to_once_its_transactions_may_write_again) {
  set_transactions_read_only(0, true);
  Session only(url(place(0)), nullptr);
  const std::string refusal = refusal_of_write(only);
  BOOST_TEST(says(refusal, place(0)), refusal);
  BOOST_TEST(number(only, "SELECT COUNT(*) FROM written") == 0);
  set_transactions_read_only(0, false);
  BOOST_TEST(eventually([&] { return refusal_of_write(only).empty(); }));
  BOOST_TEST(written(0) == 1);
}

BOOST_AUTO_TEST_CASE(one_whose_tables_are_read_only_is_passed_over,
                     *boost::unit_test::precondition(on_mariadb)) {
  const ScratchFolder data;
  const auto leave = [&](DatabaseServer& server) {
    server.signal(SIGTERM);
    return eventually([&] { return !server.running(); });
  };
  {
    DatabaseServer before({}, data.path());
    Session root(DatabaseUrl::parse("mysql://root@/mysql?socket=" + before.socket()), nullptr);
    for (const char* text : {"CREATE DATABASE hosts", "CREATE TABLE hosts.written (n INT NOT NULL)",
                             "CREATE USER seller", "GRANT ALL ON hosts.* TO seller"}) {
      root.run_text(text);
    }
    install(root);
    BOOST_REQUIRE(leave(before));
  }
  const DatabaseServer server({"--innodb-read-only=ON"}, data.path());
  const std::string salvaged = fmt::format("127.0.0.1:{}", server.port());
  Session session(url(salvaged + "," + place(1)), nullptr);
  write(session);
  BOOST_TEST(session.place() == place(1));
  Session only(url(salvaged), nullptr);
  const std::string refusal = refusal_of_write(only);
  BOOST_TEST(says(refusal, salvaged), refusal);
  const std::string found = look_at_servers(url(salvaged + "," + place(1))).at(0).text;
  BOOST_TEST(says(found, salvaged + " read-only (`innodb_read_only`)"), found);
}

BOOST_AUTO_TEST_CASE(one_without_our_schema_is_passed_over) {
  for (const char* loss : {"DELETE FROM hosts.installation", "DROP TABLE hosts.installation"}) {
    admin(0).run_text(loss);
    Session newcomer(both, nullptr);
    write(newcomer);
    BOOST_TEST(host_of(newcomer) == 1, loss);
  }
  BOOST_TEST(written(0) == 0);
  install(admin(0));
}

BOOST_AUTO_TEST_CASE(sessions_do_not_go_back_to_one_that_came_back_empty) {
  set_read_only(0, true);
  BOOST_TEST(host() == 1);
  admin(0).run_text("DROP TABLE hosts.installation");
  set_read_only(0, false);
  for (int look = 0; look < 20; ++look) {
    both.choice->postpone_look(0);
    Session(both, nullptr).rest();
  }
  BOOST_TEST(both.choice->host() == 1U);
  install(admin(0));
  BOOST_TEST(comes_to(db, 0));
}

BOOST_AUTO_TEST_CASE(one_without_our_schema_is_used_only_where_no_host_has_it) {
  admin(1).run_text("DROP TABLE hosts.installation");
  // The other one may have it.
  Session other(url(fmt::format("127.0.0.1:{},{}", free_tcp_port(), place(1))), nullptr);
  BOOST_TEST(refusal_of_write(other) != "");
  BOOST_TEST(written(1) == 0);
  // A first installation.
  admin(0).run_text("DROP TABLE hosts.installation");
  Session first(both, nullptr);
  write(first);
  BOOST_TEST(host_of(first) == 0);
  BOOST_TEST(look_at_servers(both).at(0).ok);
  install(admin(0));
  install(admin(1));
}

BOOST_AUTO_TEST_CASE(the_doctor_names_a_host_without_our_schema) {
  admin(1).run_text("DROP TABLE hosts.installation");
  const auto findings = look_at_servers(both);
  install(admin(1));
  BOOST_TEST(findings.at(0).ok, findings.at(0).text);
  BOOST_TEST(!findings.at(1).ok, findings.at(1).text);
  BOOST_TEST(says(findings.at(1).text, place(1)), findings.at(1).text);
  BOOST_TEST(says(findings.at(1).text, "`database_url`"), findings.at(1).text);
  BOOST_TEST(!says(findings.at(1).text, "migrate"), findings.at(1).text);
}

BOOST_AUTO_TEST_CASE(one_that_is_away_is_passed_over) {
  Session session(url(fmt::format("127.0.0.1:{},{}", free_tcp_port(), place(1))), nullptr);
  write(session);
  BOOST_TEST(session.place() == place(1));
}

BOOST_AUTO_TEST_CASE(a_session_whose_host_becomes_read_only_goes_to_the_other_with_its_next_use) {
  write(db);
  set_read_only(0, true);
  const std::string refusal = refusal_of_write(db);
  BOOST_TEST(says(refusal, place(0)), refusal);
  BOOST_TEST(!says(refusal, place(1)), refusal);
  write(db);
  BOOST_TEST(written(0) == 1);
  BOOST_TEST(written(1) == 1);
}

BOOST_AUTO_TEST_CASE(a_transaction_that_meets_a_read_only_host_fails_whole) {
  write(db);
  set_read_only(0, true);
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      BOOST_TEST(!can_write());
                                      write(db);
                                    }),
                    DatabaseUnavailable);
  BOOST_TEST(written(1) == 0);
  run_transaction(db, [&] { write(db); });
  BOOST_TEST(written(0) == 1);
  BOOST_TEST(written(1) == 1);
}

BOOST_AUTO_TEST_CASE(while_all_are_read_only_the_first_is_read_until_one_may_be_written_to) {
  set_read_only(0, true);
  set_read_only(1, true);
  BOOST_TEST(host() == 0);
  const std::string refusal = refusal_of_write(db);
  BOOST_TEST(says(refusal, place(0)), refusal);
  BOOST_TEST(number(db, "SELECT COUNT(*) FROM written") == 0);
  BOOST_TEST(host() == 0);
  set_read_only(1, false);
  BOOST_TEST(eventually([&] { return can_write(); }));
  BOOST_TEST(host() == 1);
  BOOST_TEST(written(0) == 0);
}

// Every failing write would otherwise have the reads wait for a look at all hosts.
BOOST_AUTO_TEST_CASE(a_host_that_was_kept_though_read_only_is_not_left_at_every_write) {
  set_read_only(0, true);
  set_read_only(1, true);
  std::set<std::int64_t> connections;
  for (int i = 0; i < 20; ++i) {
    connections.insert(number(db, "SELECT CONNECTION_ID()"));
    BOOST_TEST(!can_write());
  }
  BOOST_TEST(connections.size() < 20U);
}

BOOST_AUTO_TEST_CASE(the_only_host_is_kept_though_read_only) {
  Session only(url(place(0)), nullptr);
  const std::int64_t connection = number(only, "SELECT CONNECTION_ID()");
  set_read_only(0, true);
  for (int i = 0; i < 3; ++i) BOOST_TEST(refusal_of_write(only) != "");
  BOOST_TEST(number(only, "SELECT CONNECTION_ID()") == connection);
  set_read_only(0, false);
  write(only);
  BOOST_TEST(number(only, "SELECT CONNECTION_ID()") == connection);
}

// As a Galera node says to every statement on a table while it is not of the cluster; it lets
// everybody in all the same.
BOOST_AUTO_TEST_CASE(a_node_that_its_cluster_left_out_is_tried_last) {
  BOOST_TEST(host() == 0);
  BOOST_CHECK_THROW(
      db.run_text("SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1047, MESSAGE_TEXT = 'not ready'"),
      DatabaseUnavailable);
  BOOST_TEST(host() == 1);
  BOOST_TEST(comes_to(db, 0));
}

BOOST_AUTO_TEST_CASE(all_sessions_of_a_program_go_back_to_the_first_host_when_it_is_back) {
  Session other(both, nullptr);
  set_read_only(0, true);
  BOOST_TEST(host() == 1);
  BOOST_TEST(host_of(other) == 1);
  set_read_only(0, false);
  BOOST_TEST(comes_to(db, 0));
  BOOST_TEST(comes_to(other, 0));
  write(db);
  write(other);
  BOOST_TEST(written(0) == 2);
  BOOST_TEST(written(1) == 0);
}

BOOST_AUTO_TEST_CASE(two_programs_come_to_the_same_host) {
  set_read_only(0, true);
  BOOST_TEST(host() == 1);
  set_read_only(0, false);
  // It starts when the first host is back.
  Session other(url(place(0) + "," + place(1)), nullptr);
  BOOST_TEST(host_of(other) == 0);
  BOOST_TEST(comes_to(db, 0));
}

BOOST_AUTO_TEST_CASE(a_host_that_one_session_finds_unusable_is_left_by_all) {
  Session other(both, nullptr);
  BOOST_TEST(host_of(other) == 0);
  BOOST_TEST(host() == 0);
  // One connection is refused, in place of a host that only one of them cannot reach.
  admin(0).run_text("ALTER USER seller ACCOUNT LOCK");
  admin(0).run_text(fmt::format("KILL CONNECTION {}", number(db, "SELECT CONNECTION_ID()")));
  BOOST_TEST(host() == 1);
  BOOST_TEST(comes_to(other, 1));
}

// The others are there, and go on writing there.
BOOST_AUTO_TEST_CASE(a_session_for_which_the_host_is_full_goes_nowhere_else) {
  admin(0).run_text("ALTER USER seller WITH MAX_USER_CONNECTIONS 1");
  BOOST_TEST(host() == 0);
  Session other(both, nullptr);
  BOOST_CHECK_THROW(write(other), DatabaseUnavailable);
  BOOST_TEST(written(1) == 0);
}

BOOST_AUTO_TEST_CASE(writes_that_are_split_are_counted_and_told) {
  Metrics metrics{{}};
  std::optional<Session> elsewhere;
  elsewhere.emplace(url(place(1) + "," + place(0)), nullptr);
  BOOST_TEST(host_of(*elsewhere) == 1);
  const auto looks = [&] {
    return logged_by([&] {
      for (int i = 0; i < 20; ++i) {
        both.choice->postpone_look(0);
        Session(both, &metrics).rest();
      }
    });
  };
  const std::string told = looks();
  BOOST_TEST(metrics.value(Metrics::database_split_checks) == 1U);
  BOOST_TEST(says(told, "writes are split"), told);
  elsewhere.reset();
  looks();
  BOOST_TEST(metrics.value(Metrics::database_split_checks) == 1U);
}

BOOST_AUTO_TEST_CASE(the_doctor_asks_each_host_by_itself) {
  set_read_only(1, true);
  admin(1).run_text("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  const auto findings =
      look_at_servers(url(fmt::format("{},{},127.0.0.1:{}", place(0), place(1), free_tcp_port())));
  admin(1).run_text("SET GLOBAL innodb_flush_log_at_trx_commit = DEFAULT");
  BOOST_REQUIRE(findings.size() == 4U);
  BOOST_TEST(findings[0].ok);
  BOOST_TEST(says(findings[0].text, place(0) + " may be written to"), findings[0].text);
  BOOST_TEST(findings[1].ok);
  BOOST_TEST(says(findings[1].text, place(1) + " read-only (`read_only`)"), findings[1].text);
  BOOST_TEST(findings[2].is_open);
  BOOST_TEST(says(findings[2].text, "innodb_flush_log_at_trx_commit = 2"), findings[2].text);
  BOOST_TEST((!findings[3].ok && !findings[3].is_open));
}

BOOST_AUTO_TEST_CASE(the_doctor_names_what_a_server_loses_with_its_power) {
  const DatabaseServer server({"--log-bin", "--sync-binlog=0", "--innodb-doublewrite=OFF"});
  std::string open;
  for (const Finding& finding :
       look_at_servers(DatabaseUrl::parse("mysql://root@/mysql?socket=" + server.socket()))) {
    if (finding.is_open) open += finding.text;
  }
  BOOST_TEST(says(open, "has sync_binlog = 0: "), open);
  BOOST_TEST(says(open, "has innodb_doublewrite = OFF: "), open);
}

BOOST_AUTO_TEST_CASE(the_doctor_names_a_host_whose_clock_is_off) {
  admin(1).run_text("SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() - 3600'");
  const auto findings = look_at_servers(both);
  admin(1).run_text("SET GLOBAL init_connect = DEFAULT");
  BOOST_TEST(findings.at(0).ok, findings.at(0).text);
  BOOST_TEST(!findings.at(1).ok, findings.at(1).text);
  BOOST_TEST(says(findings.at(1).text, place(1) + " may be written to; its clock is 360"),
             findings.at(1).text);
}

BOOST_AUTO_TEST_CASE(the_doctor_says_whether_writes_are_split) {
  BOOST_TEST(host() == 0);
  BOOST_TEST(look_at_split(both).at(0).ok);
  Session elsewhere(url(place(1) + "," + place(0)), nullptr);
  BOOST_TEST(host_of(elsewhere) == 1);
  const Finding split = look_at_split(both).at(0);
  BOOST_TEST(!split.ok);
  BOOST_TEST(says(split.text, place(0)), split.text);
  BOOST_TEST(says(split.text, place(1)), split.text);
}

// Where the doctor has concertd's account.
BOOST_AUTO_TEST_CASE(the_doctor_does_not_take_its_own_connection_for_one_of_concertd) {
  Session doctor(url(place(1) + "," + place(0)), nullptr);
  BOOST_TEST(host_of(doctor) == 1);
  BOOST_TEST(look_at_split(both, &doctor).at(0).text == "no connection of concertd is open.");
  BOOST_TEST(host() == 0);
  const Finding found = look_at_split(both, &doctor).at(0);
  BOOST_TEST(found.ok, found.text);
  BOOST_TEST(says(found.text, "1 to " + place(0)), found.text);
}

BOOST_FIXTURE_TEST_CASE(a_galera_node_outside_its_cluster_is_passed_over, GaleraFirst,
                        *boost::unit_test::precondition(on_mariadb)) {
  BOOST_TEST(host() == 0);
  BOOST_TEST(number(db, "SELECT @@SESSION.wsrep_sync_wait") == 1);
  node().leave_cluster();
  // One that connects now, as each pass of the cron and each command does; the next one that is
  // there already; and one that asks on.
  Session newcomer(url(place(0) + "," + place(1)), nullptr);
  write(newcomer);
  BOOST_TEST(host_of(newcomer) == 1);
  BOOST_TEST(comes_to(db, 1));
  const Finding outside = look_at_servers(both).at(0);
  BOOST_TEST(!outside.ok);
  BOOST_TEST(says(outside.text, "wsrep_ready OFF"), outside.text);
  node().come_back();
  BOOST_TEST(comes_to(db, 0));
  BOOST_TEST(look_at_servers(both).at(0).ok);
}

BOOST_FIXTURE_TEST_CASE(a_galera_node_that_refuses_by_order_is_passed_over, GaleraFirst,
                        *boost::unit_test::precondition(on_mariadb)) {
  admin(0).run_text("SET GLOBAL wsrep_reject_queries = 'ALL'");
  BOOST_CHECK_NO_THROW(write(db));
  admin(0).run_text("SET GLOBAL wsrep_reject_queries = 'NONE'");
  BOOST_TEST(host() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_galera_node_that_refuses_is_left_between_two_requests, GaleraFirst,
                        *boost::unit_test::precondition(on_mariadb)) {
  BOOST_TEST(host() == 0);
  admin(0).run_text("SET GLOBAL wsrep_reject_queries = 'ALL'");
  const std::string told = logged_by([&] { db.rest(); });
  admin(0).run_text("SET GLOBAL wsrep_reject_queries = 'NONE'");
  BOOST_TEST(says(told, place(0) + " serves no client: it refuses by order"), told);
  BOOST_TEST(host() == 1);
}

BOOST_AUTO_TEST_CASE(where_none_answers_all_are_named) {
  const std::string nobody =
      fmt::format("127.0.0.1:{},127.0.0.1:{}", free_tcp_port(), free_tcp_port());
  Session session(url(nobody), nullptr);
  const std::string refusal = refusal_of_write(session);
  BOOST_TEST(says(refusal, session.url().place()), refusal);
  BOOST_TEST(session.place() == session.url().place());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
