// The time that a request is said to have taken begins when its worker took it.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>

#include "support/fastcgi.h"
#include "support/logs.h"
#include "support/ops_service.h"
#include "support/process.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr std::chrono::milliseconds kLocked{300};

// A worker alone, which has two connections open that it watches.
struct OneRound {
  OneRound() {
    for (const FastCgiConnection* connection : {&first, &second}) {
      connection->send({{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/livez"}}, "", true);
      BOOST_REQUIRE(connection->receive().find("Status: 200") != std::string::npos);
    }
  }

  // Asks for a path of the user twice while `table` is locked. Both are in one round, because the
  // worker sleeps until both are there. Returns the log lines of the two.
  std::vector<Json::Value> ask_twice(const std::string& path, const std::string& table) {
    Session lock = service.database();
    lock.run_text("LOCK TABLES " + table + " WRITE");
    const pid_t worker = service.workers().front();
    freeze({worker});
    send(first, path, "first");
    send(second, path, "second");
    ::kill(worker, SIGCONT);
    Session watch = service.database();
    const bool waits = eventually([&] {
      auto rows = watch.query(
          "SELECT COUNT(*) FROM information_schema.processlist "
          "WHERE db = DATABASE() AND state LIKE 'Waiting for table%'");
      return rows.next() && rows.number(1) > 0;
    });
    BOOST_TEST(waits);
    wait_for(kLocked);
    lock.run_text("UNLOCK TABLES");
    BOOST_TEST(first.receive().find("Status: 200") != std::string::npos);
    BOOST_TEST(second.receive().find("Status: 200") != std::string::npos);
    std::vector<Json::Value> lines;
    for (Json::Value& line : log_lines(service.log())) {
      if (line["requestId"] == "first" || line["requestId"] == "second")
        lines.push_back(std::move(line));
    }
    return lines;
  }
  void send(const FastCgiConnection& connection, const std::string& path,
            const std::string& id) const {
    connection.send({{"REQUEST_METHOD", "GET"},
                     {"REQUEST_URI", path},
                     {"REQUEST_ID", id},
                     {"HTTP_TOKEN", token}},
                    "", true);
  }

  void expect_the_time_of_the_lock(const std::vector<Json::Value>& lines,
                                   const std::string& route) {
    BOOST_REQUIRE(lines.size() == 2U);
    for (const Json::Value& line : lines)
      BOOST_TEST(line["durationMs"].asDouble() >= kLocked.count(), line["requestId"].asString());
    // All of its times are past the bound below.
    const std::string bucket = "\nconcert_request_duration_seconds_bucket{route=\"GET " + route;
    const std::string text = web.get("/metrics").body;
    BOOST_TEST(text.find(bucket + "\",le=\"0.25\"} 0\n") != std::string::npos);
    BOOST_TEST(text.find(bucket + "\",le=\"+Inf\"} 2\n") != std::string::npos);
  }

  Service service{{{"workers", "1"}, {"slow_query_ms", "0"}}};
  Web web = service.web();
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  const FastCgiConnection first{service.listen_socket()};
  const FastCgiConnection second{service.listen_socket()};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(duration_test, OneRound)

BOOST_AUTO_TEST_CASE(the_prefetch_of_a_round_counts_in_the_duration_of_each_of_its_requests) {
  const auto lines = ask_twice("/client/" + user + "/balance", "user");
  expect_the_time_of_the_lock(lines, "/client/{clientId}/balance");
}

BOOST_AUTO_TEST_CASE(a_request_behind_a_slow_one_of_its_round_has_taken_as_long) {
  const auto lines = ask_twice("/client/" + user + "/ledger", "ledger_entry");
  expect_the_time_of_the_lock(lines, "/client/{clientId}/ledger");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
