// What a page of another origin may do (nginx/snippets/cors.conf), as HTTP says it. That a browser
// understands it is for tests/browser.
#include <boost/test/unit_test.hpp>

#include "support/ops_service.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr const char* kShop = "Origin: https://shop.example.org";
constexpr const char* kOther = "Origin: https://evil.example";

// The shipped map with the origin of a shop, and what any other origin is given.
std::string origins(const std::string& others) {
  std::string map = source_text("nginx/snippets/cors-origins.conf");
  put_in_place(map, "    \"\"       \"\";",
               "\"\" \"*\";\n\"https://shop.example.org\" $http_origin;");
  put_in_place(map, "default  \"\";", "default \"" + others + "\";");
  return map;
}

struct Crossing {
  void allow_shop(const std::string& others = "") {
    std::string site = source_text("nginx/concert-reservation.conf");
    put_in_place(site, "include snippets/concert-reservation/cors-origins.conf;", origins(others));
    put_in_place(site, "# include snippets/concert-reservation/rate-limit.conf;",
                 "include snippets/concert-reservation/rate-limit.conf;");
    service.run_site(site);
  }
  static std::string allowed(const Reply& reply) {
    BOOST_TEST(reply.count_of_header("access-control-allow-origin") <= 1);
    BOOST_TEST(reply.count_of_header("access-control-allow-credentials") == 0);
    BOOST_TEST(reply.header("vary").find("Origin") != std::string::npos);
    return reply.header("access-control-allow-origin");
  }
  Reply ask(const std::string& path, const std::string& origin) {
    return web.send("GET", path, {origin});
  }
  Reply preflight(const std::string& path, const std::string& origin, const std::string& method) {
    return web.send("OPTIONS", path,
                    {origin, "Access-Control-Request-Method: " + method,
                     "Access-Control-Request-Headers: content-type,token"});
  }

  Service service;
  Web web = service.web();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cors_test, Crossing)

BOOST_AUTO_TEST_CASE(as_shipped_no_page_of_another_origin_is_let_in) {
  for (const char* path : {"/queue", "/concerts", "/nowhere"})
    BOOST_TEST(allowed(ask(path, kShop)).empty(), path);
  const Reply refused = preflight("/token", kShop, "POST");
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(allowed(refused).empty());
  BOOST_TEST(allowed(web.get("/" + std::string(9000, 'a'))).empty());
}

BOOST_AUTO_TEST_CASE(a_named_origin_reads_every_answer_nginxs_own_errors_too) {
  allow_shop();
  const std::string token = service.new_token(web, new_uuid());
  const std::string shop = "https://shop.example.org";
  for (const char* path : {"/queue", "/concerts", "/nowhere", "/token/refresh"}) {
    const Reply reply = web.send("GET", path, {kShop, "token: " + token});
    BOOST_TEST(allowed(reply) == shop, path);
    for (const char* name :
         {"X-Request-Id", "Retry-After", "ETag", "X-Cache", "Idempotent-Replayed", "Allow",
          "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}) {
      const std::string exposed = ", " + reply.header("access-control-expose-headers") + ",";
      BOOST_TEST(exposed.find(std::string(", ") + name + ",") != std::string::npos, name);
    }
    BOOST_TEST(allowed(web.send("GET", path, {kOther, "token: " + token})).empty(), path);
    BOOST_TEST(allowed(web.get(path, token)).empty(), path);
  }
  BOOST_TEST(allowed(web.send("POST", "/token", {kShop}, std::string(17000, ' '))) == shop);
  BOOST_TEST(allowed(web.send("TRACE", "/queue", {kShop})) == shop);
  const Reply outside = web.send("GET", "/metrics", {kShop, "X-Comes-From: 192.0.2.1"});
  BOOST_TEST(outside.status == 404);
  BOOST_TEST(allowed(outside) == shop);
  // These end before the origin is read.
  const Reply too_long = ask("/" + std::string(9000, 'a'), kShop);
  BOOST_TEST(too_long.code() == "URI_TOO_LONG");
  BOOST_TEST(allowed(too_long) == "*");
  BOOST_TEST(allowed(web.send("GET", "/queue", {"Host: a b/c"})) == "*");
  service.concertd().stop();
  const Reply away = ask("/queue", kShop);
  BOOST_TEST(away.status == 502);
  BOOST_TEST(allowed(away) == shop);
}

BOOST_AUTO_TEST_CASE(a_preflight_says_what_a_page_may_send) {
  allow_shop();
  for (const auto& [path, method] :
       {std::pair{"/token", "POST"}, {"/token", "DELETE"}, {"/user/x/charge", "PATCH"}}) {
    const Reply reply = preflight(path, kShop, method);
    BOOST_TEST(reply.status == 204);
    BOOST_TEST(reply.body.empty());
    BOOST_TEST(allowed(reply) == "https://shop.example.org");
    BOOST_TEST(reply.header("access-control-allow-methods") == "GET, HEAD, POST, PATCH, DELETE");
    BOOST_TEST(reply.header("access-control-max-age") == "7200");
    const std::string headers = reply.header("access-control-allow-headers") + ",";
    for (const char* name : {"Authorization", "token", "Content-Type", "Idempotency-Key",
                             "If-None-Match", "X-Request-Id", "traceparent"})
      BOOST_TEST(headers.find(std::string(name) + ",") != std::string::npos, name);
    BOOST_TEST(preflight(path, kOther, method).status == 405);
  }
  // Without the method that it is about it is no preflight.
  BOOST_TEST(web.send("OPTIONS", "/queue", {kShop}).status == 405);
  BOOST_TEST(ask("/queue", kShop).count_of_header("access-control-allow-methods") == 0);
  BOOST_TEST(web.get("/metrics").body.find("\nconcert_events_malformed_total 0\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_other_origin_may_read_what_is_the_same_for_every_user) {
  allow_shop("*");
  for (const char* path : {"/queue", "/concerts", "/concerts/1/dates", "//queue/", "/tickets/key",
                           "//tickets//key/", "/site", "/catalogue", "/catalogue/1", "/queues/1"}) {
    BOOST_TEST(allowed(ask(path, kOther)) == "*", path);
    const Reply reply = preflight(path, kOther, "GET");
    BOOST_TEST(reply.status == 204, path);
    BOOST_TEST(allowed(reply) == "*", path);
    BOOST_TEST(reply.header("access-control-allow-methods") == "GET, HEAD", path);
    BOOST_TEST(preflight(path, kOther, "POST").status == 405, path);
    BOOST_TEST(allowed(web.send("POST", path, {kOther})).empty(), path);
    BOOST_TEST(allowed(web.get(path)).empty(), path);
  }
  for (const char* path :
       {"/token/refresh", "/reservation/1", "/reservation/1/tickets", "/tickets", "/tickets/keys",
        "/client/x/balance", "/queuex", "/token?/queue", "/nowhere"}) {
    BOOST_TEST(allowed(ask(path, kOther)).empty(), path);
    BOOST_TEST(preflight(path, kOther, "GET").status != 204, path);
  }
  BOOST_TEST(allowed(ask("/token/refresh", kShop)) == "https://shop.example.org");
}

BOOST_AUTO_TEST_CASE(preflights_are_counted_by_no_limit) {
  allow_shop();
  constexpr int kMany = 2000;  // far over 50 a second, with a burst of 200
  int answered = 0;
  for (int i = 0; i < kMany; ++i)
    answered += preflight("/token", kShop, "POST").status == 204 ? 1 : 0;
  BOOST_TEST(answered == kMany);
  BOOST_TEST(web.get("/queue").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
