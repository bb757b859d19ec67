// The site by HTTPS (nginx/concert-reservation-tls.conf), with a certificate of the test's own.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/ops_service.h"
#include "support/sockets.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

constexpr const char* kHsts = "max-age=63072000";

struct Secure {
  Secure() {
    const Outcome made =
        run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=concerts.example.org", "-addext",
             "subjectAltName=DNS:concerts.example.org,IP:127.0.0.1", "-keyout", key, "-out",
             certificate});
    BOOST_REQUIRE_MESSAGE(made.exit_code == 0, made.err);
    service.run_site(site());
    web.trust(certificate);
  }

  std::string site() const {
    std::string text = source_text("nginx/concert-reservation-tls.conf");
    put_in_place(text, "listen 443 ", fmt::format("listen 127.0.0.1:{} ", port));
    put_in_place(text, "/etc/ssl/certs/concert-reservation.pem", certificate);
    put_in_place(text, "/etc/ssl/private/concert-reservation.key", key);
    return text;
  }

  // What `openssl s_client` says to a handshake with only this version. The ciphers of old versions
  // are let in: it must be the server that refuses.
  Outcome shake_hands(const std::string& version) const {
    return run({"openssl", "s_client", "-connect", fmt::format("127.0.0.1:{}", port), "-CAfile",
                certificate, "-verify_return_error", version, "-cipher", "ALL:@SECLEVEL=0"});
  }

  Service service;
  int port = free_tcp_port();
  std::string certificate = service.folder() + "/site.pem";
  std::string key = service.folder() + "/site.key";
  std::string url = fmt::format("https://127.0.0.1:{}", port);
  Web web{url};
  Web plain = service.web();
};

bool is_refused(const Outcome& handshake) {
  return handshake.exit_code != 0 &&
         handshake.err.find("alert protocol version") != std::string::npos;
}

bool is_done(const Outcome& handshake, const std::string& version) {
  return handshake.exit_code == 0 && handshake.out.find("New, " + version) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls_test, Secure)

BOOST_AUTO_TEST_CASE(a_seat_is_bought_over_it) {
  const std::int64_t date = service.add_date(5, 100);
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  const Reply charged =
      web.send("PATCH", "/user/" + user + "/charge", {"token: " + token}, R"({"amount": 500})");
  BOOST_TEST(charged.status == 200);
  const Reply held = web.post("/reservation", token,
                              fmt::format(R"({{"concertDateId": {}, "seatNumber": 1}})", date));
  BOOST_TEST(held.status == 201);
  const Reply paid = web.post("/payment/" + held.json()["paymentId"].asString(), token, "");
  BOOST_TEST(paid.json()["status"] == "PAID");
}

BOOST_AUTO_TEST_CASE(it_speaks_http_2) {
  const Outcome outcome = run({"curl", "-sS", "--cacert", certificate, "--http2", "-o", "/dev/null",
                               "-w", "%{http_version} %{http_code}", url + "/queue"});
  BOOST_TEST(outcome.out == "2 200", outcome.err);
}

BOOST_AUTO_TEST_CASE(tls_1_3_alone_is_spoken) {
  BOOST_TEST(is_done(shake_hands("-tls1_3"), "TLSv1.3"));
  for (const char* old : {"-tls1", "-tls1_1", "-tls1_2"}) {
    const Outcome outcome = shake_hands(old);
    BOOST_TEST(is_refused(outcome), old << ": " << outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(the_lines_for_older_clients_let_tls_1_2_in_and_nothing_older) {
  std::string tls = source_text("nginx/snippets/tls.conf");
  put_in_place(tls, "\nssl_protocols             TLSv1.3;", "");
  put_in_place(tls, "#   ssl_", "ssl_");
  std::string older = site();
  put_in_place(older, "include snippets/concert-reservation/tls.conf;", tls);
  service.run_site(older);
  BOOST_TEST(is_done(shake_hands("-tls1_3"), "TLSv1.3"));
  BOOST_TEST(is_done(shake_hands("-tls1_2"), "TLSv1.2"));
  BOOST_TEST(is_refused(shake_hands("-tls1_1")));
}

BOOST_AUTO_TEST_CASE(every_answer_has_the_security_headers_and_no_version) {
  const Reply long_body = web.send("POST", "/token", {}, std::string(17000, ' '));
  BOOST_TEST(long_body.code() == "BODY_TOO_LARGE");
  for (const Reply& reply : {web.get("/queue"), web.get("/nowhere"), long_body}) {
    BOOST_TEST(reply.header("strict-transport-security") == kHsts);
    for (const char* name : {"strict-transport-security", "x-content-type-options",
                             "x-frame-options", "referrer-policy", "content-security-policy"}) {
      BOOST_TEST(reply.count_of_header(name) == 1, name);
    }
    BOOST_TEST(reply.header("server") == "nginx");
    BOOST_TEST(reply.body.find("nginx/") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(plain_http_is_sent_to_the_sites_own_name) {
  for (const char* host : {"concerts.example.org", "evil.example"}) {
    for (const char* method : {"GET", "POST"}) {
      const Reply reply = plain.send(method, "/queue?a=b", {std::string("Host: ") + host}, "");
      BOOST_TEST(reply.status == 308);
      BOOST_TEST(reply.header("location") == "https://concerts.example.org/queue?a=b");
      BOOST_TEST(reply.body.empty(), reply.body);
      BOOST_TEST(reply.header("content-type").empty());
      BOOST_TEST(reply.count_of_header("x-request-id") == 1);
      const Reply elsewhere = plain.send(method, "//evil.example/", {std::string("Host: ") + host});
      BOOST_TEST(elsewhere.header("location") == "https://concerts.example.org//evil.example/");
      // Over a connection that anybody may have changed it would mean nothing.
      BOOST_TEST(reply.header("strict-transport-security") == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_page_of_a_named_origin_reads_the_redirect_and_the_errors_of_plain_http) {
  const std::string shop = "https://shop.example.org";
  std::string text = site();
  put_in_place(text, "include snippets/concert-reservation/cors-origins.conf;",
               fmt::format(R"(map $http_origin $concert_cors_origin {{
                                "" "*"; "{}" $http_origin; default "";
                              }})",
                           shop));
  service.run_site(text);
  const auto allowed = [](const Reply& reply) {
    BOOST_TEST(reply.header("vary").find("Origin") != std::string::npos);
    return reply.header("access-control-allow-origin");
  };
  const auto ask = [&](const std::string& path, const std::string& origin) {
    return plain.send("GET", path, {"Origin: " + origin});
  };
  const Reply moved = ask("/queue", shop);
  BOOST_TEST(moved.status == 308);
  BOOST_TEST(allowed(moved) == shop);
  BOOST_TEST(allowed(ask("/queue", "https://evil.example")).empty());
  const Reply too_long = ask("/" + std::string(9000, 'a'), shop);
  BOOST_TEST(too_long.code() == "URI_TOO_LONG");
  BOOST_TEST(allowed(too_long) == "*");
  const Reply outside =
      plain.send("GET", "/metrics", {"Origin: " + shop, "X-Comes-From: 192.0.2.1"});
  BOOST_TEST(outside.code() == "NOT_FOUND");
  BOOST_TEST(allowed(outside) == shop);
}

BOOST_AUTO_TEST_CASE(the_metrics_are_compressed_by_either_way) {
  for (Web* way : {&web, &plain}) {
    const Reply zipped = way->send("GET", "/metrics", {"Accept-Encoding: gzip"});
    BOOST_TEST(zipped.header("content-encoding") == "gzip");
    const Reply proxied =
        way->send("GET", "/metrics", {"Accept-Encoding: gzip", "Via: 1.1 balancer"});
    BOOST_TEST(proxied.header("content-encoding") == "gzip");
    BOOST_TEST(proxied.header("vary").find("Accept-Encoding") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_operators_pages_stay_on_this_host_by_either_way) {
  for (Web* way : {&web, &plain}) {
    BOOST_TEST(way->get("/readyz").status == 200);
    const Reply outside = way->send("GET", "/metrics", {"X-Comes-From: 192.0.2.1"});
    BOOST_TEST(outside.code() == "NOT_FOUND");
  }
}

BOOST_AUTO_TEST_CASE(plain_http_on_the_https_port_is_a_problem_as_any_other) {
  const Reply reply = Web(fmt::format("http://127.0.0.1:{}", port)).get("/queue");
  BOOST_TEST(reply.status == 400);
  BOOST_TEST(reply.code() == "BAD_REQUEST", reply.body);
}

BOOST_AUTO_TEST_CASE(the_doctor_sees_it_where_the_site_sends_everybody) {
  const auto detail = [&](const std::string& subject, const std::string& site_url) {
    const Outcome outcome = service.ctl({"doctor", "--json"}, {{"CONCERT_SITE_URL", site_url}});
    BOOST_TEST(outcome.exit_code == 0, outcome.out);
    const Json::Value found = Reply{200, {}, outcome.out}.json();
    for (const Json::Value& entry : found["findings"]) {
      if (entry["subject"] == subject)
        return entry["grade"].asString() + " " + entry["detail"].asString();
    }
    return std::string();
  };
  BOOST_TEST(detail("HTTPS", url).rfind("ok ", 0) == 0U, detail("HTTPS", url));
  BOOST_TEST(detail("rate limits", url).rfind("OPEN off", 0) == 0U);
  // Sent on to the site's name it goes on to this host, where nothing listens at 443.
  const std::string sent = detail("HTTPS", service.url());
  BOOST_TEST(sent.rfind("OPEN unknown: https://concerts.example.org/queue", 0) == 0U, sent);
  // As at port 443: the same with the port in the redirection.
  std::string text = site();
  put_in_place(text, "return 308 https://$server_name$request_uri;",
               fmt::format("return 308 https://$server_name:{}$request_uri;", port));
  put_in_place(text, "# include snippets/concert-reservation/rate-limit.conf;",
               "include snippets/concert-reservation/rate-limit.conf;");
  service.run_site(text);
  BOOST_TEST(detail("HTTPS", service.url()).rfind("ok ", 0) == 0U, detail("HTTPS", service.url()));
  BOOST_TEST(detail("rate limits", service.url()).rfind("ok ", 0) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
