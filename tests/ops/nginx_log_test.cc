// What clients can make nginx write into its logs.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "support/http2_connection.h"
#include "support/ops_service.h"
#include "support/raw_connection.h"
#include "support/sockets.h"
#include "support/stack.h"

namespace concert::test {
namespace {

struct Logged {
  std::string access_log() const {
    return text_of(service.folder() + "/access-concert-reservation.log");
  }
  std::string error_log() const {
    return text_of(service.folder() + "/access-concert-reservation.error.log");
  }
  std::string answers_log() const {
    return text_of(service.folder() + "/access-concert-reservation.answers");
  }
  // The site, with every line in its error log that nginx ships to write by a level above info.
  static std::string site_that_warns() {
    std::string site = source_text("nginx/concert-reservation.conf");
    put_in_place(site, ".error.log;", ".error.log warn;");
    put_in_place(site, "# include snippets/concert-reservation/rate-limit.conf;",
                 "include snippets/concert-reservation/rate-limit.conf;");
    return site;
  }

  // Adds a port of HTTP/2 to the site.
  int http2_port() {
    std::string site = source_text("nginx/concert-reservation.conf");
    const int port = add_http2(site);
    service.run_site(site);
    return port;
  }

  Service service;
  Web web = service.web();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(nginx_log_test, Logged)

BOOST_AUTO_TEST_CASE(every_line_is_json_in_utf_8_whatever_a_path_is) {
  const std::vector<std::pair<std::string, std::string>> paths{
      {"/caf\xE9/x?y", "/caf..."}, {"/caf\xC3\xA9", "/caf..."}, {"/\xFF", "/..."},
      {"/%C3%A9?\xE9", "/%C3%A9"}, {"/a\"b\\c", "/a\"b\\c"},    {"/last", "/last"}};
  std::multiset<std::string> expected;
  Http2Connection http2(http2_port());
  for (const auto& [path, logged] : paths) {
    RawConnection client(service.port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    BOOST_TEST(eventually([&] { return client.received(), client.has_ended(); }));
    const int stream = http2.request("GET", path);
    BOOST_TEST(eventually([&] { return http2.statuses().contains(stream); }));
    expected.insert({logged, logged});
  }
  // Each process of nginx writes its lines when it has the time.
  BOOST_TEST(eventually([&] {
    const std::string log = access_log();
    return occurrences(log, "\n") - occurrences(log, "\"/readyz\"") ==
           static_cast<int>(expected.size());
  }));
  std::istringstream lines(access_log());
  std::multiset<std::string> logged;
  for (std::string line; std::getline(lines, line);) {
    BOOST_TEST(is_utf8(line), line);
    const Json::Value entry = Reply{200, {}, line}.json();
    BOOST_TEST(entry.isObject(), line);
    if (entry["path"] != "/readyz") logged.insert(entry["path"].asString());
  }
  BOOST_TEST(logged == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_client_of_http2_that_breaks_the_protocol_has_a_line_that_is_json) {
  Http2Connection http2(http2_port());
  http2.request("GET", "/queue", {{"Upper", "x"}});
  BOOST_TEST(eventually([&] { return occurrences(access_log(), "\"status\":0,") == 1; }),
             access_log());
  web.get("/" + std::string(9000, 'a'));  // nginx answers it, and that line comes later
  BOOST_TEST(eventually([&] { return !answers_log().empty(); }));
  BOOST_TEST(occurrences(answers_log(), "000") == 0, answers_log());
}

BOOST_AUTO_TEST_CASE(what_is_refused_leaves_no_line_in_the_error_log) {
  std::string site = site_that_warns();
  put_in_place(site, "include snippets/concert-reservation/limits.conf;",
               "include snippets/concert-reservation/limits.conf;\n    limit_conn concert_none 1;");
  site = "limit_conn_zone $http_x_one zone=concert_none:1m;\n" + site;
  service.run_site(site);
  Reply reply;
  BOOST_TEST(eventually([&] {
    for (int i = 0; i < 300 && reply.status != 429; ++i) reply = web.get("/queue");
    return reply.status == 429;
  }));
  // From elsewhere: however often it asks, no rate limit refuses the first.
  const std::vector<std::string> beside{"X-One: 1", "X-Comes-From: 192.0.2.9"};
  std::optional<RawConnection> first;
  BOOST_TEST(eventually([&] {
    // The one beside it may have been in hand before it, and the wait for its body has an end:
    // then another takes its place.
    if (!first || !first->received().empty() || first->has_ended()) {
      first.emplace(service.port());
      first->send(
          "POST /token HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nX-Comes-From: 192.0.2.8\r\n"
          "Content-Length: 9\r\n\r\n");
    }
    return web.send("GET", "/queue", beside).status == 503;
  }));
  for (const int size : {16385, 16390, 16400, 17000, 20000, 100000}) {
    RawConnection client(service.port());
    client.send(
        fmt::format("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 0{}\r\n\r\n", size));
    BOOST_TEST(eventually([&] { return client.received().starts_with("HTTP/1.1 413 "); }));
  }
  BOOST_TEST(
      web.send("POST", "/token", {"X-Comes-From: 192.0.2.1"}, std::string(16384, ' ')).status ==
      400);
  for (const char* path : {"/livez", "/readyz", "/metrics"}) {
    for (const char* method : {"GET", "TRACE"})
      BOOST_TEST(web.send(method, path, {"X-Comes-From: 192.0.2.4"}).status == 404);
  }
  // The log works: a service that cannot be reached is in it.
  service.concertd().stop();
  BOOST_TEST(web.send("GET", "/queue", {"X-Comes-From: 192.0.2.3"}).status == 502);
  const std::string log = error_log();
  BOOST_TEST(log.find("connect() to unix:") != std::string::npos, log);
  for (const char* refused : {"limiting", "too large", "forbidden"})
    BOOST_TEST(log.find(refused) == std::string::npos, log);
}

// The exception that SECURITY.md names.
BOOST_AUTO_TEST_CASE(a_body_in_chunks_that_is_malformed_or_too_long_has_one_line_in_the_error_log) {
  service.run_site(site_that_warns());
  const auto send = [&](const std::string& chunk, const std::string& answer) {
    RawConnection client(service.port());
    client.send("POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk);
    BOOST_TEST(eventually([&] { return client.received().starts_with(answer); }),
               client.received());
  };
  const std::string before = error_log();
  send("zzz\r\n", "HTTP/1.1 400 ");
  BOOST_TEST(occurrences(error_log(), "\n") == occurrences(before, "\n") + 1, error_log());
  send("4001\r\n" + std::string(0x4001, ' ') + "\r\n0\r\n\r\n", "HTTP/1.1 413 ");
  BOOST_TEST(occurrences(error_log(), "\n") == occurrences(before, "\n") + 2, error_log());
}

BOOST_AUTO_TEST_CASE(every_answer_of_nginx_is_counted_in_a_flood) {
  service.run_site(site_that_warns());
  const std::string of_the_start = error_log();
  constexpr int kRounds = 20;
  constexpr int kAtOnce = 250;
  std::string requests;
  for (int i = 0; i < kAtOnce; ++i)
    requests += "GET /queue HTTP/1.1\r\nHost: x\r\nX-Comes-From: 192.0.2.1\r\n\r\n";
  RawConnection client(service.port());
  for (int round = 1; round <= kRounds; ++round) {
    client.send(requests);
    BOOST_TEST_REQUIRE(
        eventually([&] { return occurrences(client.received(), "HTTP/1.1 ") == round * kAtOnce; }));
  }
  const int refused = occurrences(client.received(), "HTTP/1.1 429 ");
  BOOST_TEST(refused > kAtOnce);
  const std::string counted =
      fmt::format("concert_nginx_responses_total{{status=\"429\"}} {}\n", refused);
  BOOST_TEST(
      eventually([&] { return web.get("/metrics").body.find(counted) != std::string::npos; }));
  BOOST_TEST(error_log() == of_the_start);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
