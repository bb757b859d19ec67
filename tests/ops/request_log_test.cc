// The log lines of requests: one for each, with all that is known of it, and nothing of the user.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <thread>

#include "support/logs.h"
#include "support/ops_service.h"
#include "support/raw_connection.h"
#include "support/sockets.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr char kTraceSent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
// The stack trusts this host to be a proxy that says so.
constexpr char kByProxy[] = "X-Comes-From: 192.0.2.1";
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

struct Logging {
  // A line is written before the answer is sent, so it is there when the answer is.
  std::vector<Json::Value> lines_of(const std::string& request_id) const {
    std::vector<Json::Value> found;
    for (Json::Value& line : log_lines(service.log())) {
      if (line["requestId"] == request_id) found.push_back(std::move(line));
    }
    return found;
  }
  // Sends a request; returns the only line that it left.
  Json::Value line_of(const std::string& method, const std::string& path,
                      std::vector<std::string> headers = {}, const std::string& body = "") {
    const std::string id = fmt::format("request-{}", ++sent);
    headers.push_back("X-Request-Id: " + id);
    status = web.send(method, path, headers, body).status;
    const auto lines = lines_of(id);
    BOOST_REQUIRE_MESSAGE(lines.size() == 1U, method << " " << path << ": " << lines.size());
    BOOST_TEST(lines.front()["status"].asInt() == status, path);
    return lines.front();
  }

  // A slow machine shall not add lines of its own.
  Service service{{{"slow_query_ms", "0"}}};
  Web web = service.web();
  int sent = 0;
  int status = 0;
};

std::vector<std::string> with(std::vector<std::string> names,
                              const std::vector<std::string>& more) {
  names.insert(names.end(), more.begin(), more.end());
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::string> kAlways{"durationMs", "level", "message", "method",    "pid",
                                       "program",    "route", "status",  "requestId", "time"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(request_log_test, Logging)

BOOST_AUTO_TEST_CASE(each_request_logs_one_line_with_all_that_is_known_of_it) {
  const std::string user = new_uuid();
  const std::string token = "token: " + service.new_token(web, user);
  const Json::Value open = line_of("GET", "/queue?a=b");
  BOOST_TEST(open.getMemberNames() == with(kAlways, {}), boost::test_tools::per_element());
  BOOST_TEST(open["message"].asString() == "request");
  BOOST_TEST(open["level"].asString() == "info");
  BOOST_TEST(open["program"].asString() == "concertd");
  BOOST_TEST(open["method"].asString() == "GET");
  BOOST_TEST(open["route"].asString() == "/queue");
  BOOST_TEST(open["durationMs"].asDouble() > 0);
  const Json::Value own = line_of("GET", "/client/" + user + "/balance",
                                  {token, kByProxy, std::string("traceparent: ") + kTraceSent});
  BOOST_TEST(own.getMemberNames() == with(kAlways, {"user", "traceId", "spanId"}),
             boost::test_tools::per_element());
  BOOST_TEST(own["route"].asString() == "/client/{clientId}/balance");
  BOOST_TEST(own["traceId"].asString() == kTraceId);
  BOOST_TEST(own["spanId"].asString() == "00f067aa0ba902b7");
  const Json::Value refused = line_of("GET", "/concerts");
  BOOST_TEST(refused.getMemberNames() == with(kAlways, {"code"}), boost::test_tools::per_element());
  BOOST_TEST(refused["code"].asString() == "TOKEN_REQUIRED");
  BOOST_TEST(line_of("GET", "/nowhere/" + user)["route"].asString() == "none");
  BOOST_TEST(line_of("PUT", "/queue")["code"].asString() == "METHOD_NOT_ALLOWED");
  BOOST_TEST(line_of("POST", "/token", {}, "{")["code"].asString() == "MALFORMED_JSON");
  BOOST_TEST(line_of("DELETE", "/token", {token})["status"].asInt() == 204);
  BOOST_TEST(line_of("GET", "/livez")["route"].asString() == "/livez");
  // A traceparent of another form is left alone.
  for (const std::string& other :
       {std::string(kTraceSent) + "-00", "01" + std::string(kTraceSent).substr(2), std::string("x"),
        std::string("00-") + std::string(32, '0') + "-00f067aa0ba902b7-01"}) {
    const Json::Value line = line_of("GET", "/queue", {kByProxy, "traceparent: " + other});
    BOOST_TEST(!line.isMember("traceId"), other);
    BOOST_TEST(!line.isMember("spanId"), other);
  }
  const std::string header = std::string("traceparent: ") + kTraceSent;
  // Anybody can call a trace sampled: only a proxy that is trusted is believed.
  for (const char* by : {"X-None: none", "X-Forwarded-For: 192.0.2.1", "X-Comes-From: 127.0.0.1"})
    BOOST_TEST(!line_of("GET", "/queue", {by, header}).isMember("traceId"), by);
  BOOST_TEST(!line_of("GET", "/queue", {kByProxy, header, header}).isMember("traceId"));
}

BOOST_AUTO_TEST_CASE(a_balancer_by_the_proxy_protocol_vouches_for_no_trace_whatever_a_client_has) {
  const int port = free_tcp_port();
  const std::string proxies = "include snippets/concert-reservation/trusted-proxies.conf;";
  // As the site is shipped, and with the balancer among the trusted proxies.
  for (const std::string& trust :
       {proxies, std::string("set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;")}) {
    std::string site = source_text("nginx/concert-reservation.conf");
    put_in_place(
        site, "listen 80 backlog=4096;",
        fmt::format("listen 80 backlog=4096;\n    listen 127.0.0.1:{} proxy_protocol;", port));
    put_in_place(site, proxies, trust);
    service.run_site(site);
    for (const std::string address : {"2001:db8::1", "::ffff:192.0.2.7", "::1"}) {
      const std::string id = "by" + std::to_string(++sent);
      RawConnection balancer(port);
      balancer.send(
          fmt::format("PROXY TCP6 {} ::1 40000 80\r\nGET /queue HTTP/1.1\r\nHost: x\r\n"
                      "X-Request-Id: {}\r\ntraceparent: {}\r\n\r\n",
                      address, id, kTraceSent));
      BOOST_TEST(eventually([&] { return balancer.received().starts_with("HTTP/1.1 200 "); }));
      const auto lines = lines_of(id);
      BOOST_REQUIRE(lines.size() == 1U);
      BOOST_TEST(!lines.front().isMember("traceId"), trust << " " << address);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_user_is_logged_as_one_hash_of_16_digits_and_as_nothing_else) {
  const std::string user = new_uuid();
  const std::string token = "token: " + service.new_token(web, user);
  const std::string other = new_uuid();
  const std::string other_token = "token: " + service.new_token(web, other);
  const std::string hash =
      line_of("GET", "/client/" + user + "/balance", {token})["user"].asString();
  BOOST_TEST(hash.size() == 16U);
  BOOST_TEST(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
  BOOST_TEST(line_of("GET", "/client/" + user + "/ledger", {token})["user"].asString() == hash);
  BOOST_TEST(line_of("GET", "/client/" + other + "/balance", {other_token})["user"].asString() !=
             hash);
  // Named by a path, a body, in capitals, and by somebody else.
  std::string capitals = user;
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  line_of("GET", "/client/" + capitals + "/balance", {token});
  line_of("GET", "/client/" + user + "/balance", {other_token});
  line_of("POST", "/token", {}, user_body(capitals));
  line_of("PATCH", "/user/" + user + "/charge", {token}, R"({"amount": 0})");
  service.spoil("ledger_entry");
  web.send("GET", "/client/" + user + "/ledger", {token});
  service.mend("ledger_entry");
  std::string log = service.log();
  BOOST_TEST(log.find("answered 500") != std::string::npos);
  log.erase(std::remove(log.begin(), log.end(), '-'), log.end());
  std::transform(log.begin(), log.end(), log.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (std::string id : {user, other}) {
    id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
    BOOST_TEST(log.find(id) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(it_can_be_switched_off) {
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  const auto lines_of_requests = [&] {
    return occurrences(service.log(), "\"message\":\"request\"");
  };
  BOOST_TEST(lines_of_requests() > 0);
  service.concertd().stop();
  service.configure({{"request_log", "off"}, {"slow_query_ms", "0"}});
  service.start_concertd();
  const int before = lines_of_requests();
  for (int i = 0; i < 20; ++i) web.get("/queue");
  web.get("/nowhere");
  BOOST_TEST(web.get("/client/" + user + "/balance", token).status == 200);
  // What needs an administrator is still logged.
  service.database().run_text("RENAME TABLE ledger_entry TO ledger_gone");
  web.send("GET", "/client/" + user + "/ledger", {"token: " + token, "X-Request-Id: broken"});
  service.database().run_text("RENAME TABLE ledger_gone TO ledger_entry");
  BOOST_TEST(lines_of_requests() == before);
  const auto broken = lines_of("broken");
  BOOST_REQUIRE(broken.size() == 1U);
  BOOST_TEST(broken.front()["level"].asString() == "error");
}

BOOST_AUTO_TEST_CASE(a_slow_statement_is_logged_with_its_request_and_its_trace) {
  service.concertd().stop();
  service.configure({{"slow_query_ms", "50"}});
  service.start_concertd();
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  Session lock = service.database();
  lock.begin();
  lock.query("SELECT balance FROM user WHERE user_id = ? FOR UPDATE", {*UserId::parse(user)});
  Reply charged;
  std::thread client([&] {
    charged = web.send("PATCH", "/user/" + user + "/charge",
                       {"token: " + token, "X-Request-Id: slow-1", kByProxy,
                        std::string("traceparent: ") + kTraceSent},
                       R"({"amount": 31337})");
  });
  Session watch = service.database();
  const bool waits = eventually([&] {
    wait_for(std::chrono::milliseconds(200));  // the server refreshes this table no oftener
    auto rows = watch.query(
        "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
    return rows.next() && rows.number(1) > 0;
  });
  wait_for(std::chrono::milliseconds(100));
  lock.rollback();
  client.join();
  BOOST_TEST(waits);
  BOOST_TEST(charged.status == 200);
  const auto lines = lines_of("slow-1");
  const auto slow = std::find_if(lines.begin(), lines.end(), [](const Json::Value& line) {
    return line["statement"].asString().find("FOR UPDATE") != std::string::npos;
  });
  BOOST_REQUIRE(slow != lines.end());
  BOOST_TEST((*slow)["level"].asString() == "warning");
  BOOST_TEST((*slow)["traceId"].asString() == kTraceId);
  BOOST_TEST((*slow)["durationMs"].asInt64() > 50);
  BOOST_TEST((*slow)["connectionId"].asInt64() > 0);
  BOOST_TEST(service.log().find("31337") == std::string::npos);
  BOOST_TEST(service.faults_of_logs({token}) == "");
}

// The client's header is seen by the database beside what it is doing, also for a read.
BOOST_AUTO_TEST_CASE(a_sampled_trace_stands_beside_the_statement_that_waits) {
  const std::string user = new_uuid();
  const std::string token = "token: " + service.new_token(web, user);
  const std::string balance = "/client/" + user + "/balance";
  BOOST_TEST(web.send("GET", balance, {token}).status == 200);
  Session watch = service.database();
  for (const bool is_sampled : {true, false}) {
    const std::string trace = std::string(kTraceSent, 53) + (is_sampled ? "01" : "00");
    Session lock = service.database();
    lock.run_text("LOCK TABLES user WRITE");
    Reply reply;
    std::thread client([&] {
      reply = web.send("GET", balance, {token, kByProxy, "traceparent: " + trace});
    });
    std::string waiting;
    BOOST_TEST(eventually([&] {
      auto rows = watch.query(
          "SELECT info FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'");
      if (rows.next()) waiting = rows.text(1);
      return !waiting.empty();
    }));
    lock.run_text("UNLOCK TABLES");
    client.join();
    BOOST_TEST(reply.status == 200);
    const bool is_beside = waiting.find("/*traceparent='" + trace + "'*/") != std::string::npos;
    BOOST_TEST(is_beside == is_sampled, waiting);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
