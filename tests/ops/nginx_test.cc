// What nginx answers by itself, in front of a service that is there or not.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/ops_service.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// Every error, made by nginx or by the service.
void expect_problem(const Reply& reply, int status, const std::string& code) {
  BOOST_TEST(reply.status == status);
  BOOST_TEST(reply.code() == code, reply.body);
  BOOST_TEST(reply.count_of_header("x-request-id") == 1);
  BOOST_TEST(reply.header("server") == "nginx");
  BOOST_TEST(reply.header("x-content-type-options") == "nosniff");
  for (const char* leak : {"nginx/", "/run/", "crt-", "FastCGI", "<html"}) {
    BOOST_TEST(reply.body.find(leak) == std::string::npos, reply.body);
  }
}

struct BehindNginx {
  Service service;
  Web web = service.web();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(nginx_test, BehindNginx)

BOOST_AUTO_TEST_CASE(its_configuration_is_accepted) {
  const Outcome outcome = run({"nginx", "-t", "-e", service.folder() + "/nginx.log", "-c",
                               service.folder() + "/nginx/nginx.conf"});
  BOOST_TEST(outcome.exit_code == 0, outcome.err);
  BOOST_TEST(outcome.err.find("[warn]") == std::string::npos, outcome.err);
}

BOOST_AUTO_TEST_CASE(its_own_errors_are_problems) {
  expect_problem(web.send("POST", "/token", {}, std::string(17000, ' ')), 413, "BODY_TOO_LARGE");
  expect_problem(web.get("/" + std::string(9000, 'a')), 414, "URI_TOO_LONG");
  expect_problem(web.send("GET", "/queue", {"X-Long: " + std::string(9000, 'a')}), 400,
                 "BAD_REQUEST");
  expect_problem(web.send("GET", "/queue", {"Host: a b/c"}), 400, "BAD_REQUEST");
  expect_problem(web.send("TRACE", "/queue"), 405, "METHOD_NOT_ALLOWED");
}

BOOST_AUTO_TEST_CASE(errors_of_the_service_pass_untouched) {
  expect_problem(web.get("/nowhere"), 404, "NOT_FOUND");
  expect_problem(web.send("PUT", "/queue"), 405, "METHOD_NOT_ALLOWED");
  expect_problem(web.get("/concerts"), 401, "TOKEN_REQUIRED");
  BOOST_TEST(web.send("PUT", "/queue").header("allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(without_the_service_it_says_so) {
  service.concertd().stop();
  expect_problem(web.get("/queue"), 502, "BAD_GATEWAY");
  const Reply reply = web.send("GET", "/queue", {"X-Request-Id: mine-1"});
  BOOST_TEST(reply.header("x-request-id") == "mine-1");
}

BOOST_AUTO_TEST_CASE(an_answer_has_one_request_id_the_clients_where_it_is_well_formed) {
  for (const char* path : {"/queue", "/nowhere", "/livez"}) {
    const Reply own = web.send("GET", path, {"X-Request-Id: a.B_c-1"});
    BOOST_TEST(own.header("x-request-id") == "a.B_c-1");
    BOOST_TEST(own.count_of_header("x-request-id") == 1);
    for (const std::string& bad : {std::string("a b"), std::string(65, 'a'), std::string("a/b")}) {
      const Reply made = web.send("GET", path, {"X-Request-Id: " + bad});
      BOOST_TEST(made.count_of_header("x-request-id") == 1);
      BOOST_TEST(made.header("x-request-id") != bad);
      BOOST_TEST(made.header("x-request-id") != "");
    }
  }
}

BOOST_AUTO_TEST_CASE(security_headers_are_on_every_answer_once) {
  for (const char* path : {"/queue", "/nowhere", "/livez", "/metrics"}) {
    const Reply reply = web.get(path);
    for (const char* name : {"x-content-type-options", "x-frame-options", "referrer-policy",
                             "content-security-policy", "cache-control"}) {
      BOOST_TEST(reply.count_of_header(name) == 1, path << " " << name);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_operators_pages_are_for_loopback_only) {
  for (const char* path : {"/livez", "/readyz", "/metrics"})
    BOOST_TEST(web.get(path).status == 200);
  for (const char* path : {"/livez", "/readyz", "/metrics", "/metrics/", "/%6detrics"}) {
    // nginx refuses TRACE before it looks at the path, and concertd would tell what the path has.
    for (const char* method : {"GET", "PUT", "TRACE"}) {
      const Reply reply = web.send(method, path, {"X-Comes-From: 192.0.2.1"});
      expect_problem(reply, 404, "NOT_FOUND");
      BOOST_TEST(reply.header("allow").empty());
    }
  }
  expect_problem(web.send("TRACE", "/queue"), 405, "METHOD_NOT_ALLOWED");
  BOOST_TEST(web.send("GET", "/queue", {"X-Comes-From: 192.0.2.1"}).status == 200);
}

BOOST_AUTO_TEST_CASE(the_balancer_and_the_monitoring_that_are_named_see_only_their_own_pages) {
  std::string operators = source_text("nginx/snippets/operators.conf");
  put_in_place(operators, "# 192.0.2.", "192.0.2.");
  std::string http = source_text("nginx/snippets/http.conf");
  put_in_place(http, "include snippets/concert-reservation/operators.conf;", operators);
  std::string site = source_text("nginx/concert-reservation.conf");
  put_in_place(site, "include snippets/concert-reservation/http.conf;", http);
  service.run_site(site);
  const auto status = [&](const std::string& path, const std::string& address) {
    return web.send("GET", path, {"X-Comes-From: " + address}).status;
  };
  for (const char* path : {"/livez", "/readyz"}) {
    BOOST_TEST(status(path, "192.0.2.10") == 200);
    BOOST_TEST(status(path, "192.0.2.20") == 404);
  }
  BOOST_TEST(status("/metrics", "192.0.2.10") == 404);
  BOOST_TEST(status("/metrics", "192.0.2.20") == 200);
  for (const char* path : {"/livez", "/readyz", "/metrics"}) {
    BOOST_TEST(status(path, "192.0.2.1") == 404);
    BOOST_TEST(status(path, "127.0.0.1") == 200);
  }
}

BOOST_AUTO_TEST_CASE(readiness_names_what_is_missing) {
  service.memcached().kill();
  BOOST_TEST(web.get("/readyz").status == 200);
  service.database().run_text("DROP TABLE schema_migration");
  const Reply reply = web.get("/readyz");
  BOOST_TEST(reply.status == 503);
  BOOST_TEST(reply.json()["missing"][0].asString() == "schema");
  BOOST_TEST(reply.header("retry-after") != "");
}

BOOST_AUTO_TEST_CASE(metrics_are_counted_by_all_workers_together) {
  constexpr int kRequests = 40;
  for (int i = 0; i < kRequests; ++i) web.get("/queue");
  web.get("/concerts");
  const std::string text = web.get("/metrics").body;
  for (const std::string& line :
       {fmt::format("concert_requests_total{{route=\"GET /queue\",status=\"200\"}} {}", kRequests),
        std::string("concert_requests_total{route=\"GET /concerts\",status=\"401\"} 1"),
        fmt::format("concert_request_duration_seconds_count{{route=\"GET /queue\"}} {}", kRequests),
        std::string("concert_queue_users{state=\"active\",queue=\"1\"} 0"),
        std::string("concert_database_up 1")}) {
    BOOST_TEST(text.find(line + "\n") != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
