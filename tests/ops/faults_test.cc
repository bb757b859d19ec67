// The service under load while its parts die. For the long version, in the build folder:
//
//   LOAD_SECONDS=600 LOAD_CLIENTS=64 ./ops_test --log_level=message
//     --run_test=faults_test/nothing_acknowledged_is_lost_while_workers_and_memcached_die
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "support/clock.h"
#include "support/ops_crowd.h"
#include "support/ops_load.h"
#include "support/ops_service.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

int from_environment(const char* name, int otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::atoi(given);
}

// Short lifetimes, so that tokens and holds lapse during the load.
const Service::Keys kBusy{{"workers", "6"}, {"active_seconds", "2"}, {"hold_seconds", "3"}};

// And a limit so low that users who left without releasing anything make others wait at times.
Service::Keys crowded() {
  Service::Keys keys = kBusy;
  keys["active_limit"] = "60";
  return keys;
}

LoadPlan plan_for(Service& service) {
  for (int i = 0; i < 2; ++i) service.add_date(1000, 100);
  return {service.url(), service.concert(), from_environment("LOAD_CLIENTS", 32), 42};
}

void expect_nothing_lost(Service& service, const Load& load) {
  BOOST_TEST_MESSAGE(load.summary());
  BOOST_TEST(load.surprises() == "");
  BOOST_TEST(load.payments() > 0);
  Session database = service.database();
  BOOST_TEST(load.missing_from(database) == "");
  const Outcome audit = service.ctl({"audit"});
  BOOST_TEST(audit.exit_code == 0, audit.out << audit.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults_test)

BOOST_AUTO_TEST_CASE(nothing_acknowledged_is_lost_while_workers_and_memcached_die) {
  Service service(crowded());
  Load load(plan_for(service));
  const auto end = Clock::now() + std::chrono::seconds(from_environment("LOAD_SECONDS", 20));
  int kills = 0;
  for (int round = 1; Clock::now() < end; ++round) {
    service.cron();
    if (round % 2 == 0) {
      // A cron that is killed half way.
      Process cron({program("concert-cron"), "--config", service.conf()}, {},
                   service.folder() + "/cron.log");
      wait_for(std::chrono::milliseconds(round % 13));
      cron.signal(SIGKILL);
    }
    const std::vector<pid_t> workers = service.workers();
    if (!workers.empty() && round % 2 == 1) {
      ::kill(workers[static_cast<std::size_t>(round) % workers.size()], SIGKILL);
      ++kills;
    }
    if (round % 10 == 0) service.concertd().signal(SIGHUP);
    if (round % 16 == 0) {
      service.memcached().kill();
      wait_for(100ms);
      service.start_memcached();
    }
    if (round % 6 == 0) service.add_date(1000, 100);
    wait_for(150ms);
  }
  load.stop();
  BOOST_TEST_MESSAGE(kills << " workers killed");
  expect_nothing_lost(service, load);
  // Each kill costs two requests at most: the one that the worker accepted last, and the one whose
  // answer it was sending, of which nginx may have passed on the beginning. Others are sent again.
  BOOST_TEST(load.count("502 BAD_GATEWAY") <= kills);
  BOOST_TEST(load.count(kCutShort) <= kills);
  BOOST_TEST(load.count("504 GATEWAY_TIMEOUT") == 0);
  BOOST_TEST(load.count("503 DATABASE_UNAVAILABLE") == 0);
  BOOST_TEST(service.faults_of_logs({}) == "");
}

BOOST_AUTO_TEST_CASE(a_database_that_dies_and_returns_loses_nothing_and_wedges_nobody) {
  DatabaseServer database;
  Service service(kBusy, database.socket());
  Load load(plan_for(service));
  const auto run_cron_for = [&](std::chrono::milliseconds time) {
    for (const auto end = Clock::now() + time; Clock::now() < end; wait_for(150ms)) service.cron();
  };
  run_cron_for(3s);
  const std::vector<pid_t> workers = service.workers();
  for (int round = 0; round < 2; ++round) {
    database.kill();
    Web web = service.web();
    const Reply away = web.post("/token", "", user_body(new_uuid()));
    BOOST_TEST(away.status == 503);
    BOOST_TEST(away.code() == "DATABASE_UNAVAILABLE");
    BOOST_TEST(away.header("retry-after") != "");
    BOOST_TEST(web.get("/livez").status == 200);
    BOOST_TEST(web.get("/readyz").json()["missing"][0].asString() == "database");
    BOOST_TEST(service.cron().exit_code == 75);
    wait_for(2s);
    database.start();
    const auto returned = Clock::now();
    BOOST_TEST(
        eventually([&] { return web.post("/token", "", user_body(new_uuid())).status == 201; }));
    const auto taken = Clock::now() - returned;
    BOOST_TEST_MESSAGE("a token was issued "
                       << std::chrono::duration_cast<std::chrono::milliseconds>(taken).count()
                       << " ms after the database had returned");
    run_cron_for(3s);
  }
  const std::int64_t calm_since = now_ms() - 1000;
  load.stop();
  expect_nothing_lost(service, load);
  BOOST_TEST(load.count("503 DATABASE_UNAVAILABLE") > 0);
  BOOST_TEST(load.count("502 BAD_GATEWAY") == 0);
  BOOST_TEST(load.count("504 GATEWAY_TIMEOUT") == 0);
  // Long before the end the service had recovered, with the same workers.
  BOOST_TEST_MESSAGE("the last 5xx came " << now_ms() - load.last_failure_ms() << " ms ago");
  BOOST_TEST(load.last_failure_ms() < calm_since);
  BOOST_TEST(service.workers() == workers, boost::test_tools::per_element());
  BOOST_TEST(service.faults_of_logs({}) == "");
}

BOOST_AUTO_TEST_CASE(with_a_frozen_or_dead_memcached_every_answer_is_still_right) {
  Service service(kBusy);
  Load load(plan_for(service));
  const auto run_cron_for = [&](std::chrono::milliseconds time) {
    for (const auto end = Clock::now() + time; Clock::now() < end; wait_for(150ms)) service.cron();
  };
  run_cron_for(1s);
  service.memcached().signal(SIGSTOP);
  run_cron_for(5s);
  service.memcached().signal(SIGCONT);
  run_cron_for(2s);
  service.memcached().kill();
  run_cron_for(2s);
  // One whole journey, alone and with nothing cached.
  load.stop();
  expect_nothing_lost(service, load);
  for (const char* never : {"502 BAD_GATEWAY", "504 GATEWAY_TIMEOUT", "503 DATABASE_UNAVAILABLE"}) {
    BOOST_TEST(load.count(never) == 0, never);
  }
  const std::int64_t date = service.add_date(5, 0);
  service.ctl({"queue", "set", "--active-limit", "1000"});
  wait_for(1s);
  Web web = service.web();
  eventually([&] {
    service.cron();
    return service.ctl_json({"queue", "status"})["waiting"] == 0;
  });
  const std::string token = service.new_token(web, new_uuid());
  const std::string path = fmt::format("/concerts/{}/dates", service.concert());
  BOOST_TEST(web.get(path, token).header("x-cache") == "MISS");
  BOOST_TEST(web.get(path, token).header("x-cache") == "MISS");
  const Reply held = web.post("/reservation", token,
                              fmt::format(R"({{"concertDateId": {}, "seatNumber": 1}})", date));
  BOOST_TEST(held.status == 201);
  BOOST_TEST(web.post("/payment/" + held.json()["paymentId"].asString(), token, "").status == 200);
  BOOST_TEST(web.get("/concerts", token).code() == "TOKEN_EXPIRED");
}

// Each worker asks the database for what it needs between requests as well. A poll needs none for
// as long as what the last pass has published is fresh.
BOOST_AUTO_TEST_CASE(with_a_frozen_database_or_a_locked_table_polls_are_answered_at_once) {
  DatabaseServer database;
  Service service(Service::Keys{{"workers", "4"}}, database.socket());
  service.ctl({"queue", "pause"});
  Web web = service.web();
  const std::string waiting = service.new_token(web, new_uuid());
  const auto slowest_of_polls = [&] {  // in ms
    constexpr int kClients = 12;       // nginx keeps connections to every worker for them
    constexpr int kPolls = 10;
    std::atomic<int> waits = 0;
    std::vector<std::int64_t> slowest(kClients, 0);
    std::vector<std::thread> clients;
    for (std::int64_t& own_slowest : slowest) {
      clients.emplace_back([&] {
        Web own = service.web();
        for (int i = 0; i < kPolls; ++i) {
          const auto begun = Clock::now();
          const Reply reply = own.get("/token/refresh", waiting);
          const auto taken = Clock::now() - begun;
          waits += reply.status == 200 && reply.json()["status"] == "WAITING" ? 1 : 0;
          own_slowest = std::max<std::int64_t>(
              own_slowest, std::chrono::duration_cast<std::chrono::milliseconds>(taken).count());
          wait_for(20ms);
        }
      });
    }
    for (std::thread& client : clients) client.join();
    BOOST_TEST(waits == kClients * kPolls);
    return *std::max_element(slowest.begin(), slowest.end());
  };
  slowest_of_polls();
  BOOST_TEST(service.cron().exit_code == 0);
  Session locker = service.database();
  locker.run_text("LOCK TABLES installation WRITE, concert_date WRITE");
  wait_for(1200ms);
  BOOST_TEST(slowest_of_polls() < 1000);
  locker.run_text("UNLOCK TABLES");
  wait_for(3s);
  BOOST_TEST(service.cron().exit_code == 0);
  database.signal(SIGSTOP);
  wait_for(1200ms);
  BOOST_TEST(slowest_of_polls() < 1000);
  database.signal(SIGCONT);
}

BOOST_AUTO_TEST_CASE(of_3000_users_at_once_one_gets_the_seat) {
  constexpr int kUsers = 3000;
  Service service(Service::Keys{{"workers", "16"}, {"active_limit", "100000"}});
  const std::int64_t date = service.add_date(50, 100);
  const std::string body = fmt::format(R"({{"concertDateId": {}, "seatNumbers": [1]}})", date);
  Web web = service.web();
  std::vector<std::string> requests;
  for (int i = 0; i < kUsers; ++i) {
    requests.push_back(fmt::format(
        "POST /reservation HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\ntoken: {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        service.new_token(web, new_uuid()), body.size(), body));
  }
  const CrowdResult crowd = send_at_once(service.port(), requests);
  BOOST_TEST_MESSAGE(kUsers << " users on one seat took " << crowd.taken.count() << " ms");
  for (const auto& [outcome, count] : crowd.outcomes) {
    const int wanted = outcome == "201" ? 1 : outcome == "409 SEAT_UNAVAILABLE" ? kUsers - 1 : 0;
    BOOST_TEST(count == wanted, count << " x " << outcome);
  }
  BOOST_TEST(crowd.outcomes.size() == 2U);
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
  Session database = service.database();
  auto held = database.query("SELECT COUNT(*) FROM reservation");
  BOOST_TEST((held.next() && held.number(1) == 1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
