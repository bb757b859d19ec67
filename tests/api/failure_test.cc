#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "support/files.h"
#include "support/process.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// A database behind an address of its own, which can be taken away and given back.
class RemovableDatabase {
 public:
  RemovableDatabase() { give_back(); }

  std::string url() const {
    return fmt::format("mysql://root@/{}?socket={}", database_.name(), socket());
  }
  void take_away() {
    std::filesystem::remove(socket());
    Session session(DatabaseUrl::parse(database_.url()), nullptr);
    auto rows = session.query(
        "SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()",
        {database_.name()});
    std::vector<std::int64_t> ids;
    while (rows.next()) ids.push_back(rows.number(1));
    for (const auto id : ids) session.run_text(fmt::format("KILL CONNECTION {}", id));
  }
  void give_back() { std::filesystem::create_symlink(database_socket(), socket()); }

 private:
  std::string socket() const { return folder_.path() + "/db.sock"; }

  FreshDatabase database_;
  ScratchFolder folder_;
};

pid_t noted_pid(const Stack& stack, const std::string& server) {
  pid_t pid = 0;
  std::ifstream(stack.folder() + "/" + server + ".pid") >> pid;
  BOOST_REQUIRE(pid > 0);
  return pid;
}

std::vector<pid_t> children(pid_t parent) {
  std::istringstream list(run({"pgrep", "-P", std::to_string(parent)}).out);
  std::vector<pid_t> pids;
  for (pid_t pid = 0; list >> pid;) pids.push_back(pid);
  return pids;
}

// What nginx answers while concertd does not answer, with a timeout of one second.
std::string outcome_of_stopped_workers(const Stack& stack) {
  const std::string snippets = stack.folder() + "/nginx/snippets/concert-reservation";
  const auto original = std::filesystem::read_symlink(snippets);
  std::filesystem::remove(snippets);
  std::filesystem::copy(original, snippets, std::filesystem::copy_options::recursive);
  std::string conf = text_of(snippets + "/fastcgi.conf");
  const std::string timeout = "fastcgi_read_timeout    30s;";
  const auto at = conf.find(timeout);
  BOOST_REQUIRE(at != std::string::npos);
  std::ofstream(snippets + "/fastcgi.conf")
      << conf.replace(at, timeout.size(), "fastcgi_read_timeout 1s;");
  const auto old_workers = children(noted_pid(stack, "nginx"));
  ::kill(noted_pid(stack, "nginx"), SIGHUP);
  BOOST_REQUIRE(eventually([&] {
    const auto now = children(noted_pid(stack, "nginx"));
    return !now.empty() && std::find_first_of(now.begin(), now.end(), old_workers.begin(),
                                              old_workers.end()) == now.end();
  }));
  const auto workers = children(noted_pid(stack, "concertd"));
  freeze(workers);
  const std::string outcome = stack.client().send({"GET", "/queue"}).outcome();
  for (const pid_t pid : workers) ::kill(pid, SIGCONT);
  return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failure_test)

BOOST_AUTO_TEST_CASE(without_its_database_the_service_says_so_and_recovers_by_itself) {
  RemovableDatabase database;
  Stack stack{{"database_url", database.url()}};
  TestUser user(stack);
  HttpClient client = stack.client();
  user.charge(100);
  database.take_away();
  for (const HttpResponse& answer :
       {client.send(token_request(new_uuid())), client.send({"GET", "/queue"}), user.charge(1),
        user.get("/client/" + user.id() + "/balance"), user.get("/concerts"), user.hold(1, {1}),
        user.post("/payment/1"), user.get("/client/" + user.id() + "/ledger"), user.leave()}) {
    BOOST_TEST(answer.outcome() == "503 DATABASE_UNAVAILABLE");
    BOOST_TEST(!answer.header("retry-after").empty());
    BOOST_TEST(answer.body.find("sock") == std::string::npos);
  }
  const auto not_ready = client.send({"GET", "/readyz"});
  BOOST_TEST(not_ready.outcome() == "503 NOT_READY");
  BOOST_TEST(compact(not_ready.json()["missing"]) == R"(["database"])");
  BOOST_TEST(client.send({"GET", "/livez"}).outcome() == "200");
  BOOST_TEST(client.send({"GET", "/metrics"}).body.find("concert_database_up 0") !=
             std::string::npos);
  // A refusal that needs no database is still given.
  BOOST_TEST(client.send({"GET", "/concerts"}).outcome() == "401 TOKEN_REQUIRED");
  database.give_back();
  BOOST_TEST(eventually([&] { return client.send({"GET", "/readyz"}).status == 200; }));
  // Every worker is back, and nothing was half done.
  for (int i = 0; i < 30; ++i) BOOST_TEST(user.balance() == 100);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(a_lock_timeout_is_busy_and_nothing_was_done) {
  Stack stack{{"hold_seconds", "3600"}};
  TestUser user(stack);
  TestUser other(stack);
  const auto date = stack.add_date(stack.add_concert(), 5, 0);
  user.charge(100);
  const auto held = user.hold(date, {1});
  Session blocker = stack.database();
  blocker.begin();
  // The test needs a transaction that stays open although it is idle.
  blocker.run_text(tests_mysql() ? "SET SESSION wait_timeout = 600"
                                 : "SET SESSION idle_transaction_timeout = 600");
  blocker.query("SELECT balance FROM user FOR UPDATE");
  blocker.query("SELECT state FROM token FOR UPDATE");
  blocker.query("SELECT state FROM reservation FOR UPDATE");
  blocker.query("SELECT active_count FROM queue FOR UPDATE");
  const auto send = [&stack](const TestUser& as, HttpRequest request) {
    request.headers["token"] = as.token();
    return std::async(std::launch::async, [&stack, request = std::move(request)] {
      return stack.client().send(request);
    });
  };
  const Headers json{{"Content-Type", "application/json"}};
  std::vector<std::future<HttpResponse>> answers;
  answers.push_back(
      send(user, {"PATCH", "/user/" + user.id() + "/charge", json, R"({"amount": 1})"}));
  answers.push_back(
      send(user, {"POST", "/payment/" + held.json()["paymentId"].asString(), {}, ""}));
  answers.push_back(
      send(other, {"POST", "/reservation", json,
                   fmt::format(R"({{"concertDateId": {}, "seatNumber": 2}})", date)}));
  answers.push_back(send(user, token_request(new_uuid())));
  answers.push_back(send(other, {"DELETE", "/token", {}, std::nullopt}));
  for (auto& future : answers) {
    const HttpResponse answer = future.get();
    BOOST_TEST(answer.outcome() == "503 BUSY");
    BOOST_TEST(!answer.header("retry-after").empty());
  }
  blocker.rollback();
  BOOST_TEST(user.balance() == 100);
  BOOST_TEST(user.get("/reservation/" + held.json()["reservationId"].asString())
                 .json()["status"]
                 .asString() == "HELD");
  BOOST_TEST(other.hold(date, {2}).outcome() == "201");
  BOOST_TEST(user.pay(held).outcome() == "200");
  BOOST_TEST(stack.client().send({"GET", "/queue"}).json()["active"].asInt() == 1);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

// As after an upgrade whose migration failed, once the new program was started all the same.
BOOST_AUTO_TEST_CASE(an_older_schema_makes_its_calls_unavailable_until_it_is_migrated) {
  Stack stack;
  TestUser user(stack);
  const auto date = stack.add_date(stack.add_concert(), 5, 0);
  Session database = stack.database();
  database.run_text(
      "ALTER TABLE reservation ADD KEY reservation_of_user_and_date (user_id, concert_date_id), "
      "DROP KEY reservation_of_user_date_state");
  database.execute("UPDATE schema_migration SET applied_at = NULL WHERE version >= 4");
  database.execute("UPDATE schema_migration SET statements_done = 0 WHERE version = 4");
  const auto held = user.hold(date, {1});
  BOOST_TEST(held.outcome() == "503 DATABASE_UNAVAILABLE");
  BOOST_TEST(!held.header("retry-after").empty());
  BOOST_TEST(stack.client().send({"GET", "/readyz"}).outcome() == "503 NOT_READY");
  const std::string log = text_of(stack.folder() + "/concertd.log");
  BOOST_TEST(log.find("Run: concertctl migrate") != std::string::npos, log);
  // Calls that need none of it are served.
  BOOST_TEST(user.charge(1).outcome() == "200");
  stack.ctl({"migrate"});
  BOOST_TEST(user.hold(date, {1}).outcome() == "201");
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(too_many_requests_of_one_address_are_limited_where_that_is_switched_on) {
  const Stack stack{{"rate_limit", "on"}};
  HttpClient client = stack.client();
  HttpResponse limited;
  BOOST_TEST(eventually([&] {
    for (int i = 0; i < 100 && limited.status != 429; ++i) {
      limited = client.send(token_request(new_uuid()));
      BOOST_TEST((limited.status == 201 || limited.status == 429));
    }
    return limited.status == 429;
  }));
  BOOST_TEST(limited.outcome() == "429 RATE_LIMITED");
  BOOST_TEST(!limited.header("retry-after").empty());
  // A look at the queue is no request for a token.
  BOOST_TEST(client.send({"GET", "/queue"}).outcome() == "200");
}

BOOST_AUTO_TEST_CASE(while_no_worker_listens_nginx_says_bad_gateway_and_then_all_is_well) {
  Stack stack;
  HttpClient client = stack.client();
  const pid_t master = noted_pid(stack, "concertd");
  ::kill(master, SIGKILL);
  BOOST_TEST(eventually([&] {
    return client.send({"GET", "/queue"}).outcome() == "502 BAD_GATEWAY";
  }));
  // The runner starts it again.
  BOOST_TEST(eventually([&] { return client.send({"GET", "/readyz"}).status == 200; }));
}

BOOST_AUTO_TEST_CASE(an_answer_that_takes_too_long_is_a_gateway_timeout) {
  Stack stack{{"workers", "1"}};
  BOOST_TEST(outcome_of_stopped_workers(stack) == "504 GATEWAY_TIMEOUT");
  BOOST_TEST(eventually([&] { return stack.client().send({"GET", "/readyz"}).status == 200; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
