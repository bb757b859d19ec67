// A database_url with several hosts, against two servers.
#include <fmt/format.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <set>

#include "store/errors.h"
#include "store/session.h"
#include "store/transaction.h"
#include "support/port.h"
#include "support/servers.h"
#include "support/stack.h"

namespace concert::test {
namespace {

// Nothing is replicated between them. The account, unlike root, cannot write where a server is
// read-only.
class TwoServers {
 public:
  TwoServers() {
    static const DatabaseServer second_server;
    ports_ = {database_port(), second_server.port()};
    const std::array sockets{database_socket(), second_server.socket()};
    for (const std::string& socket : sockets) {
      admins_.push_back(std::make_unique<Session>(
          DatabaseUrl::parse("mysql://root@/mysql?socket=" + socket), nullptr));
      Session& admin = *admins_.back();
      for (const char* text :
           {"CREATE DATABASE hosts", "CREATE TABLE hosts.written (n INT NOT NULL)",
            "CREATE USER seller", "GRANT ALL ON hosts.* TO seller"}) {
        admin.run_text(text);
      }
    }
  }
  ~TwoServers() {
    for (int i = 0; i < 2; ++i) {
      set_read_only(i, false);
      admin(i).run_text("DROP USER seller");
      admin(i).run_text("DROP DATABASE hosts");
    }
  }
  TwoServers(const TwoServers&) = delete;
  TwoServers& operator=(const TwoServers&) = delete;

  Session& admin(int i) { return *admins_[static_cast<std::size_t>(i)]; }
  void set_read_only(int i, bool on) {
    admin(i).run_text(fmt::format("SET GLOBAL read_only = {}", on ? "ON" : "OFF"));
  }
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
  std::array<int, 2> ports_{};
  std::vector<std::unique_ptr<Session>> admins_;
};

struct BothInUrl : TwoServers {
  Session db{url(place(0) + "," + place(1)), nullptr};

  static std::int64_t number(Session& session, const std::string& sql) {
    auto rows = session.query(sql);
    rows.next();
    return rows.number(1);
  }
  // Which of the two the session is connected to, as the server says.
  int host() {
    return fmt::format("127.0.0.1:{}", number(db, "SELECT @@port")) == place(0) ? 0 : 1;
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

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_hosts_test, BothInUrl)

BOOST_AUTO_TEST_CASE(of_hosts_that_may_be_written_to_the_first_is_taken) {
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
  admin(1).run_text(fmt::format("KILL CONNECTION {}", number(db, "SELECT CONNECTION_ID()")));
  BOOST_TEST(host() == 0);
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
