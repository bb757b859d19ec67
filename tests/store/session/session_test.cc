#include "store/session/session.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "domain/check.h"
#include "store/session/errors.h"
#include "store/session/lease.h"
#include "store/session/transaction.h"
#include "support/one_date.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct OneSession : OneDateOfFiftySeats {
  Session& db = backend().db;

  // What an administrator does, or a firewall, or a failover.
  void kill_connection() {
    const std::int64_t id = services->number("SELECT CONNECTION_ID()");
    Session admin(settings.database, nullptr);
    admin.run_text("KILL CONNECTION " + std::to_string(id));
  }
  // The variable's name differs.
  std::string isolation() {
    return services->text(tests_mysql() ? "SELECT @@session.transaction_isolation"
                                        : "SELECT @@session.tx_isolation");
  }
  std::int64_t venues() {
    return services->number("SELECT COUNT(*) FROM concert WHERE venue = 'new'");
  }
  std::uint64_t rename() { return db.execute("UPDATE concert SET venue = 'new'"); }
};

// The TCP connections of this process to that port.
std::vector<int> sockets_to(int port) {
  std::vector<int> found;
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
      found.push_back(fd);
    }
  }
  return found;
}

int option_of(int fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(fd, level, option, &value, &length);
  return value;
}

// Listens, and never answers a connection.
class SilentServer {
 public:
  explicit SilentServer(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(::listen(fd_, 100) == 0);
  }
  ~SilentServer() { ::close(fd_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  // How many came since the last call.
  int connections() const {
    int count = 0;
    for (int one = 0; (one = ::accept(fd_, nullptr, nullptr)) >= 0; ++count) ::close(one);
    return count;
  }

 private:
  int fd_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_test, OneSession)

BOOST_AUTO_TEST_CASE(a_session_is_in_utc_and_read_committed_with_strict_modes) {
  BOOST_TEST(services->text("SELECT @@session.time_zone") == "+00:00");
  BOOST_TEST(isolation() == "READ-COMMITTED");
  BOOST_TEST(services->text("SELECT @@session.sql_mode").find("STRICT_ALL_TABLES") !=
             std::string::npos);
  BOOST_TEST(services->text("SELECT @@session.character_set_connection") == "utf8mb4");
}

BOOST_AUTO_TEST_CASE(every_kind_of_value_makes_the_round_trip) {
  const Instant at{1'790'000'000'123};
  auto rows = db.query("SELECT ?, ?, ?, ?, ?", {std::int64_t{-5}, "caf\xC3\xA9 \xF0\x9F\x8E\xB5",
                                                user(7), at, std::optional<int>()});
  BOOST_REQUIRE(rows.next());
  BOOST_TEST(rows.number(1) == -5);
  BOOST_TEST(rows.text(2) == "caf\xC3\xA9 \xF0\x9F\x8E\xB5");
  BOOST_CHECK(rows.user(3) == user(7));
  BOOST_CHECK(rows.instant(4) == at);
  BOOST_TEST(rows.is_null(5));
  BOOST_TEST(!rows.next());
}

// A worker has up to 33 requests in hand: nginx would give up on most if each waited in turn.
BOOST_AUTO_TEST_CASE(a_database_that_hangs_is_not_tried_again_at_once) {
  ScratchFolder folder;
  DatabaseUrl url = settings.database;
  url.socket = folder.path() + "/hangs.sock";
  SilentServer hangs(url.socket);
  Session session(url, nullptr);
  for (int i = 0; i < 5; ++i) {
    BOOST_CHECK_THROW(session.query("SELECT 1"), DatabaseUnavailable);
    BOOST_CHECK_THROW(session.now(), DatabaseUnavailable);
  }
  BOOST_TEST(hangs.connections() == 1);
}

BOOST_AUTO_TEST_CASE(an_update_that_changes_nothing_counts_no_row) {
  BOOST_TEST(rename() == 1U);
  BOOST_TEST(rename() == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_on_a_killed_connection_is_made_again_on_a_new_one) {
  BOOST_TEST(venues() == 0);
  kill_connection();
  BOOST_TEST(venues() == 0);
  BOOST_TEST(isolation() == "READ-COMMITTED");
}

BOOST_AUTO_TEST_CASE(kept_statements_survive_a_reconnection) {
  app().balances.show(services->enter(user(1)));
  for (int i = 0; i < 3; ++i) {
    kill_connection();
    services->charge(services->enter(user(1)), 10);
  }
  BOOST_TEST(app().balances.show(services->enter(user(1))) == 30);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_write_on_a_killed_connection_is_not_made_again_by_itself) {
  rename();
  kill_connection();
  BOOST_CHECK_THROW(db.execute("UPDATE concert SET venue = 'newer'"), DatabaseUnavailable);
  BOOST_TEST(db.execute("UPDATE concert SET venue = 'newer'") == 1U);
}

BOOST_AUTO_TEST_CASE(a_transaction_begins_on_a_new_connection_where_the_old_one_was_killed) {
  venues();
  kill_connection();
  run_transaction(db, [&] { rename(); });
  BOOST_TEST(venues() == 1);
}

BOOST_AUTO_TEST_CASE(a_transaction_whose_connection_is_killed_fails_whole_and_the_next_one_works) {
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      rename();
                                      kill_connection();
                                      db.query("SELECT 1");
                                    }),
                    DatabaseUnavailable);
  BOOST_TEST(!db.in_transaction());
  BOOST_TEST(venues() == 0);
  run_transaction(db, [&] { rename(); });
  BOOST_TEST(venues() == 1);
}

BOOST_AUTO_TEST_CASE(a_connection_killed_before_the_commit_keeps_nothing) {
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      rename();
                                      kill_connection();
                                    }),
                    DatabaseUnavailable);
  BOOST_TEST(venues() == 0);
}

BOOST_AUTO_TEST_CASE(a_transaction_that_lost_its_connection_writes_nothing_on_another) {
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      kill_connection();
                                      try {
                                        db.query("SELECT 1");
                                      } catch (const DatabaseUnavailable&) {
                                        // Like a caller that can do without the answer.
                                      }
                                      try {
                                        db.query("SELECT 1");
                                        BOOST_ERROR("a query was run by itself");
                                      } catch (const DatabaseUnavailable&) {
                                      }
                                      rename();
                                    }),
                    DatabaseUnavailable);
  BOOST_TEST(venues() == 0);
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      kill_connection();
                                      try {
                                        rename();
                                      } catch (const DatabaseUnavailable&) {
                                      }
                                    }),
                    DatabaseUnavailable);
  BOOST_TEST(venues() == 0);
  run_transaction(db, [&] { rename(); });
  BOOST_TEST(venues() == 1);
}

BOOST_AUTO_TEST_CASE(where_the_server_keeps_no_more_statements_it_is_unavailable) {
  rename();
  const std::int64_t connection = services->number("SELECT CONNECTION_ID()");
  db.run_text("SET GLOBAL max_prepared_stmt_count = 0");
  std::string said;
  try {
    db.query("SELECT 'new'");
  } catch (const DatabaseUnavailable& error) {
    said = error.what();
  } catch (const DatabaseError&) {
    // As if it were a bug of the program.
  }
  BOOST_TEST(said.find("max_prepared_stmt_count") != std::string::npos, said);
  // What is kept already goes on.
  BOOST_TEST(services->number("SELECT CONNECTION_ID()") == connection);
  db.run_text("SET GLOBAL max_prepared_stmt_count = DEFAULT");
  BOOST_TEST(services->text("SELECT 'new'") == "new");
}

BOOST_AUTO_TEST_CASE(any_other_exception_rolls_back_and_flies_on) {
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      rename();
                                      throw Refusal(Reason::date_closed, "x");
                                    }),
                    Refusal);
  BOOST_TEST(venues() == 0);
  BOOST_TEST(!db.in_transaction());
}

BOOST_AUTO_TEST_CASE(transactions_do_not_nest) {
  const Transaction transaction(db);
  BOOST_CHECK_THROW(db.begin(), Bug);
}

BOOST_AUTO_TEST_CASE(a_lock_not_had_in_time_is_tried_again_a_bounded_number_of_times_then_busy) {
  Session other(settings.database, nullptr);
  const Transaction blocking(other);
  other.execute("UPDATE concert SET venue = 'held'");
  // What the test needs is a transaction that stays open though it is silent.
  other.run_text(tests_mysql() ? "SET SESSION wait_timeout = 600"
                               : "SET SESSION idle_transaction_timeout = 600");
  venues();
  int attempts = 0;
  // Without waiting, in the way that both servers have.
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      ++attempts;
                                      db.query("SELECT 1 FROM concert FOR UPDATE NOWAIT");
                                    }),
                    Busy);
  BOOST_TEST(attempts == 10);
  BOOST_TEST(services->metrics.value(Metrics::transaction_retries) == 9U);
  BOOST_TEST(!db.in_transaction());
}

BOOST_AUTO_TEST_CASE(a_storm_of_conflicts_is_outlasted) {
  const auto over = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  run_transaction(db, [&] {
    if (std::chrono::steady_clock::now() < over)
      db.run_text("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'");
    rename();
  });
  BOOST_TEST(venues() == 1);
}

BOOST_AUTO_TEST_CASE(slow_attempts_end_before_there_are_ten) {
  int attempts = 0;
  BOOST_CHECK_THROW(run_transaction(db,
                                    [&] {
                                      ++attempts;
                                      std::this_thread::sleep_for(std::chrono::seconds(1));
                                      db.run_text(
                                          "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, "
                                          "MESSAGE_TEXT = 'deadlock'");
                                    }),
                    Busy);
  BOOST_TEST(attempts < 8);  // of a second each, within 6 s
}

BOOST_AUTO_TEST_CASE(pauses_between_attempts_grow_differ_and_fit_the_time) {
  std::chrono::microseconds longest{};
  for (int attempt = 1; attempt < 10; ++attempt) {
    const std::chrono::microseconds half(4000 << (attempt - 1));
    std::set<std::chrono::microseconds> pauses;
    for (int i = 0; i < 100; ++i) pauses.insert(backoff(attempt));
    BOOST_TEST(pauses.size() > 50U);
    BOOST_CHECK(*pauses.begin() >= half);
    BOOST_CHECK(*pauses.rbegin() < 2 * half);
    longest += 2 * half;
  }
  BOOST_CHECK(longest < std::chrono::seconds(5));
}

BOOST_AUTO_TEST_CASE(a_lock_is_waited_for_a_short_time_only) {
  BOOST_TEST(services->number("SELECT @@session.innodb_lock_wait_timeout") == 2);
}

BOOST_AUTO_TEST_CASE(a_statement_that_takes_too_long_leaves_the_session_usable) {
  venues();
  db.run_text(tests_mysql() ? "SET SESSION max_execution_time = 20"
                            : "SET SESSION max_statement_time = 0.02");
  // Not a count, which MySQL multiplies.
  BOOST_CHECK_THROW(db.query("SELECT MAX(a.seat_number * b.seat_number - c.seat_number * "
                             "d.seat_number + e.seat_number * f.seat_number) FROM seat a, seat b, "
                             "seat c, seat d, seat e, seat f"),
                    DatabaseUnavailable);
  BOOST_TEST(venues() == 0);
}

BOOST_AUTO_TEST_CASE(two_transactions_that_wait_for_each_other_both_come_through) {
  services->execute("INSERT INTO concert (title, venue, created_at) VALUES ('B', 'old', NOW(3))");
  const std::int64_t last = services->number("SELECT MAX(concert_id) FROM concert");
  Barrier both(2);
  const auto retries = in_parallel(2, [&](int i) {
    Services mine(settings);
    Session& session = mine.app.backend.db;
    bool met = false;
    run_transaction(session, [&] {
      const std::int64_t first_row = i == 0 ? concert.value : last;
      const std::int64_t second_row = i == 0 ? last : concert.value;
      session.query("SELECT 1 FROM concert WHERE concert_id = ? FOR UPDATE", {first_row});
      if (!met) both.arrive_and_wait();
      met = true;
      session.query("SELECT 1 FROM concert WHERE concert_id = ? FOR UPDATE", {second_row});
      session.execute("UPDATE concert SET venue = CONCAT(venue, ?)", {i});
    });
    return static_cast<int>(mine.metrics.value(Metrics::transaction_retries));
  });
  BOOST_TEST(retries[0] >= 0);
  BOOST_TEST(retries[1] >= 0);
  BOOST_TEST(retries[0] + retries[1] >= 1);
  const std::string venue =
      services->text("SELECT venue FROM concert WHERE concert_id = ?", {last});
  BOOST_TEST((venue == "old01" || venue == "old10"));
}

BOOST_AUTO_TEST_CASE(
    a_transaction_that_falls_silent_is_ended_and_one_moment_may_be_read_at_leisure) {
  const std::string limit =
      tests_mysql() ? "SELECT @@session.wait_timeout" : "SELECT @@session.idle_transaction_timeout";
  const auto limit_s = [&] { return services->number(limit); };
  BOOST_TEST(limit_s() == Session::kIdle_s);
  {
    const Snapshot snapshot(db);
    BOOST_TEST(limit_s() == Session::kIdleSnapshot_s);
  }
  {
    const Transaction transaction(db);
    BOOST_TEST(limit_s() == Session::kIdle_s);
  }
  kill_connection();
  {
    const Snapshot snapshot(db);
    BOOST_TEST(limit_s() == Session::kIdleSnapshot_s);
  }
  run_transaction(db, [&] { BOOST_TEST(limit_s() == Session::kIdle_s); });
}

// The database would keep a migration's lock for hours when the host of the migration vanished.
BOOST_AUTO_TEST_CASE(who_has_a_named_lock_and_falls_silent_loses_it) {
  const auto silence_s = [&] { return services->number("SELECT @@session.wait_timeout"); };
  const std::int64_t before_s = silence_s();
  {
    const NamedLock lock(db, "of a test", 0, "somebody else has it");
    BOOST_TEST(silence_s() <= NamedLock::kSilence_s);
  }
  BOOST_TEST(silence_s() == before_s);
}

// Without these a worker waits as long for a host that lost its power as for one that computes.
BOOST_AUTO_TEST_CASE(the_kernel_gives_up_a_tcp_connection_whose_other_side_is_gone) {
  settings.database.socket.clear();
  settings.database.hosts = {{"127.0.0.1", static_cast<std::uint16_t>(database_port())}};
  settings.database.user = "traveller";  // MySQL lets root in through its socket only
  db.run_text("CREATE USER IF NOT EXISTS traveller");
  db.run_text("GRANT ALL ON " + settings.database.database + ".* TO traveller");
  Session session(settings.database, nullptr);
  session.query("SELECT 1");
  const auto sockets = sockets_to(database_port());
  BOOST_REQUIRE(sockets.size() == 1U);
  BOOST_TEST(option_of(sockets[0], SOL_SOCKET, SO_KEEPALIVE) == 1);
  const int probed_s = option_of(sockets[0], IPPROTO_TCP, TCP_KEEPIDLE) +
                       option_of(sockets[0], IPPROTO_TCP, TCP_KEEPINTVL) *
                           option_of(sockets[0], IPPROTO_TCP, TCP_KEEPCNT);
  BOOST_TEST(probed_s == 5);
  BOOST_TEST(option_of(sockets[0], IPPROTO_TCP, TCP_USER_TIMEOUT) == 5000);
}

BOOST_AUTO_TEST_CASE(each_failure_has_its_exception) {
  BOOST_CHECK_THROW(db.execute("INSERT INTO concert (concert_id, title, venue, created_at) "
                               "SELECT concert_id, title, venue, created_at FROM concert"),
                    Duplicate);
  BOOST_CHECK_THROW(db.query("SELECT nonsense"), SchemaUnfit);
  BOOST_CHECK_THROW(db.query("SELECT 1 FROM nowhere"), SchemaUnfit);
  BOOST_CHECK_THROW(db.query("SELECT 1 FROM concert FORCE INDEX (nonsense)"), SchemaUnfit);
  BOOST_CHECK_THROW(db.query("SELECT nonsense nonsense nonsense"), DatabaseError);
  DatabaseUrl nowhere = settings.database;
  nowhere.socket += ".absent";
  Session away(nowhere, &services->metrics);
  BOOST_CHECK_THROW(away.query("SELECT 1"), DatabaseUnavailable);
  BOOST_CHECK_THROW(away.execute("UPDATE concert SET venue = 'x'"), DatabaseUnavailable);
  BOOST_CHECK_THROW(away.begin(), DatabaseUnavailable);
  BOOST_CHECK_THROW(away.now(), DatabaseUnavailable);
  BOOST_TEST(services->metrics.value(Metrics::database_errors) >= 4U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_makes_the_database_unavailable_and_the_session_stays) {
  const std::int64_t connection = services->number("SELECT CONNECTION_ID()");
  for (const int code : {1021, 1114, 1467}) {
    BOOST_CHECK_THROW(db.run_text("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = " +
                                  std::to_string(code) + ", MESSAGE_TEXT = 'no space'"),
                      DatabaseUnavailable);
    BOOST_TEST(services->number("SELECT CONNECTION_ID()") == connection);
  }
}

// By its transactions, its tables, or its InnoDB; database_hosts_test has servers that do.
BOOST_AUTO_TEST_CASE(a_server_that_refuses_writes_in_any_way_makes_the_database_unavailable) {
  for (const int code : {1290, 1836, 1792, 1036, 1874, 1881}) {
    BOOST_CHECK_THROW(db.run_text(fmt::format("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {}, "
                                              "MESSAGE_TEXT = 'read-only'",
                                              code)),
                      DatabaseUnavailable);
  }
}

// What a group replication answers; no server of the tests is of one.
BOOST_AUTO_TEST_CASE(a_group_replication_that_refuses_is_a_lost_race_or_unavailable) {
  const auto refuse = [&](int code) {
    db.run_text(fmt::format(
        "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {}, MESSAGE_TEXT = 'of the group'", code));
  };
  int attempts = 0;
  run_transaction(db, [&] {
    if (++attempts == 1) refuse(3101);
  });
  BOOST_TEST(attempts == 2);
  for (const int code : {3100, 3797, 3798}) BOOST_CHECK_THROW(refuse(code), DatabaseUnavailable);
}

BOOST_AUTO_TEST_CASE(whatever_it_has_against_an_account_the_database_is_unavailable) {
  services->execute("CREATE USER stranger@localhost ACCOUNT LOCK");
  DatabaseUrl locked = settings.database;
  locked.user = "stranger";
  Session refused(locked, nullptr);
  try {
    refused.query("SELECT 1");
    BOOST_ERROR("a locked account was let in");
  } catch (const DatabaseUnavailable& error) {
    BOOST_TEST(std::string(error.what()).find("refused by the database") == 0U, error.what());
  }
  services->execute("DROP USER stranger@localhost");
}

BOOST_AUTO_TEST_CASE(an_unavailable_database_is_named_without_its_password) {
  DatabaseUrl nowhere =
      DatabaseUrl::parse("mysql://concert:hunter2@127.0.0.1:1,127.0.0.1:2/concert");
  Session away(nowhere, nullptr);
  try {
    away.query("SELECT 1");
    BOOST_ERROR("nobody should answer there");
  } catch (const DatabaseUnavailable& error) {
    BOOST_TEST(std::string(error.what()).find("127.0.0.1:1, 127.0.0.1:2") != std::string::npos);
    BOOST_TEST(std::string(error.what()).find("hunter2") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_databases_time_is_estimated_without_asking) {
  const Instant before = db.now();
  const auto asked = db.round_trips();
  Instant last = before;
  for (int i = 0; i < 1000; ++i) {
    const Instant now = db.now();
    BOOST_REQUIRE(now >= last);
    last = now;
  }
  BOOST_TEST(db.round_trips() == asked);
  // The estimate was taken from an answer that had to travel: it is never ahead.
  BOOST_TEST(services->number("SELECT NOW(3) + INTERVAL 1000 MICROSECOND >= ?", {last}) == 1);
}

BOOST_AUTO_TEST_CASE(the_time_is_still_estimated_while_the_database_is_away) {
  const Instant before = db.now();
  kill_connection();
  BOOST_CHECK(db.now() >= before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
