#include <boost/test/unit_test.hpp>
#include <set>

#include "support/raw_connection.h"
#include "support/test_user.h"

// Paths, methods, and the errors that nginx makes itself.

namespace concert::test {
namespace {

struct RawClient {
  Stack& stack = shared_stack();
  HttpClient client = stack.client();

  // The answer to a request that may not be HTTP. It is recorded under an unknown path.
  HttpResponse raw(const std::string& bytes) {
    return send_raw(stack.port(), bytes, {"GET", "/not-http"});
  }
};

std::set<std::string> words(const std::string& list) {
  std::set<std::string> found;
  std::string word;
  for (const char c : list + ",") {
    if (c == ',') {
      found.insert(word);
      word.clear();
    } else if (c != ' ') {
      word += c;
    }
  }
  return found;
}

const std::string kUser = "4b7a1c8e-6f0d-4e53-9a54-1f2c3d4e5f60";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(paths_test, RawClient)

BOOST_AUTO_TEST_CASE(an_unknown_path_is_not_found) {
  for (const std::string& path : Texts{"/",
                                       "/nowhere",
                                       "/Token",
                                       "/token/x",
                                       "//",
                                       "/concerts/1",
                                       "/concerts/1/dates/2",
                                       "/client",
                                       "/reservations",
                                       "/favicon.ico",
                                       "/.problem/bad-request",
                                       "/.problem/uri-too-long",
                                       "/index.html",
                                       "/livez/x",
                                       "/openapi.yaml",
                                       "/user/x/charge/y",
                                       "/concerts//dates",
                                       "/concerts/1/dates//seats",
                                       "/client//balance",
                                       "/user//charge",
                                       "/payment/"}) {
    BOOST_TEST(client.send({"GET", path}).outcome() == "404 NOT_FOUND", path);
    BOOST_TEST(client.send({"DELETE", path}).outcome() == "404 NOT_FOUND", path);
  }
}

BOOST_AUTO_TEST_CASE(a_segment_that_is_no_id_is_not_found) {
  TestUser user(stack);
  for (const std::string& bad :
       Texts{"0", "-1", "+1", "abc", "1.0", "1e3", "0x1", "9007199254740992", "9223372036854775807",
             "99999999999999999999", "1%20", "%C3%A9", "null", "1;2", "%00", "%2"}) {
    for (const std::string& path :
         Texts{"/concerts/" + bad + "/dates", "/concerts/" + bad + "/dates/1/seats",
               "/concerts/1/dates/" + bad + "/seats", "/reservation/" + bad}) {
      const std::string outcome = user.get(path).outcome();
      BOOST_TEST((outcome == "404 NOT_FOUND" || outcome == "400 BAD_REQUEST"), path << outcome);
    }
    const std::string del = user.del("/reservation/" + bad).outcome();
    BOOST_TEST((del == "404 NOT_FOUND" || del == "400 BAD_REQUEST"), bad << del);
    const std::string pay = user.post("/payment/" + bad).outcome();
    BOOST_TEST((pay == "404 NOT_FOUND" || pay == "400 BAD_REQUEST"), bad << pay);
  }
}

BOOST_AUTO_TEST_CASE(a_user_in_the_path_that_is_no_uuid_is_not_found) {
  TestUser user(stack);
  for (const std::string& id : Texts{"1", "x", "4b7a1c8e6f0d4e539a541f2c3d4e5f60", "-"}) {
    for (const std::string& part : Texts{"balance", "ledger", "reservations"}) {
      BOOST_TEST(user.get("/client/" + id + "/" + part).outcome() == "404 NOT_FOUND");
    }
    const auto charge = user.send({"PATCH",
                                   "/user/" + id + "/charge",
                                   {{"Content-Type", "application/json"}},
                                   R"({"amount": 1})"});
    BOOST_TEST(charge.outcome() == "404 NOT_FOUND");
  }
}

BOOST_AUTO_TEST_CASE(a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has) {
  const std::vector<std::pair<std::string, std::set<std::string>>> paths{
      {"/token", {"POST", "DELETE"}},
      {"/client/token", {"POST"}},
      {"/token/refresh", {"GET", "HEAD"}},
      {"/queue", {"GET", "HEAD"}},
      {"/queues/1", {"GET", "HEAD"}},
      {"/concerts", {"GET", "HEAD"}},
      {"/concerts/1/dates", {"GET", "HEAD"}},
      {"/concerts/1/dates/1/seats", {"GET", "HEAD"}},
      {"/reservation", {"POST"}},
      {"/reservation/1", {"GET", "HEAD", "DELETE"}},
      {"/reservation/1/extend", {"POST"}},
      {"/reservation/1/tickets", {"GET", "HEAD"}},
      {"/tickets/key", {"GET", "HEAD"}},
      {"/site", {"GET", "HEAD"}},
      {"/catalogue", {"GET", "HEAD"}},
      {"/catalogue/1", {"GET", "HEAD"}},
      {"/client/" + kUser + "/reservations", {"GET", "HEAD"}},
      {"/client/" + kUser + "/balance", {"GET", "HEAD"}},
      {"/client/" + kUser + "/ledger", {"GET", "HEAD"}},
      {"/user/" + kUser + "/charge", {"PATCH"}},
      {"/payment/1", {"POST"}},
      {"/payments", {"POST"}},
      {"/livez", {"GET", "HEAD"}},
      {"/readyz", {"GET", "HEAD"}},
      {"/metrics", {"GET", "HEAD"}}};
  for (const auto& [path, methods] : paths) {
    for (const std::string& method :
         Texts{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"}) {
      if (methods.count(method) != 0) continue;
      const auto refused = client.send({method, path});
      BOOST_TEST(refused.status == 405, method << " " << path);
      if (method != "HEAD") BOOST_TEST(refused.outcome() == "405 METHOD_NOT_ALLOWED");
      BOOST_TEST((words(refused.header("allow")) == methods), path << refused.header("allow"));
    }
  }
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body) {
  TestUser user(stack);
  const std::string balance = "/client/" + user.id() + "/balance";
  for (const std::string& path :
       Texts{"/queue", "/concerts", balance, "/livez", "/token/refresh"}) {
    const auto head = user.send({"HEAD", path});
    BOOST_TEST(head.status == 200, path);
    BOOST_TEST(head.body.empty());
    BOOST_TEST(head.header("content-type") == "application/json");
  }
  const auto refused = client.send({"HEAD", balance});
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(refused.body.empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_not_valid_http_is_a_bad_request) {
  const std::string host = "Host: x\r\nConnection: close\r\n";
  for (const std::string& bytes :
       Texts{"GARBAGE\r\n\r\n", "GET\r\n\r\n", "get /queue HTTP/1.1\r\n" + host + "\r\n",
             "GET /queue HTTP/1.1\r\n\r\n", "GET /queue HTTP/9.1\r\n" + host + "\r\n",
             "GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n",
             "GET /queue HTTP/1.1\r\n" + host + "Host: y\r\n\r\n",
             "GET /%00 HTTP/1.1\r\n" + host + "\r\n", "GET /%zz HTTP/1.1\r\n" + host + "\r\n",
             "POST /token HTTP/1.1\r\n" + host + "Content-Length: -5\r\n\r\n{}",
             "POST /token HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n{}",
             "POST /token HTTP/1.1\r\n" + host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
             "POST /token HTTP/1.1\r\n" + host +
                 "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
             "POST /token HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n{}",
             "POST /token HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
             "GET /queue HTTP/1.1\r\n" + host + "X: " + std::string(9000, 'x') + "\r\n\r\n",
             std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)}) {
    const auto refused = raw(bytes);
    BOOST_TEST(refused.outcome() == "400 BAD_REQUEST", bytes.substr(0, 100));
    BOOST_TEST(refused.header("content-type") == "application/problem+json");
    BOOST_TEST(refused.json()["requestId"].asString() == refused.header("x-request-id"));
  }
}

BOOST_AUTO_TEST_CASE(an_address_that_is_too_long_is_refused) {
  const auto refused = client.send({"GET", "/concerts?x=" + std::string(9000, 'x')});
  BOOST_TEST(refused.outcome() == "414 URI_TOO_LONG");
}

// nginx writes these two headers by the path of what it keeps; concertd writes them on the rest.
BOOST_AUTO_TEST_CASE(a_path_that_only_resembles_one_of_a_kept_answer_writes_no_header) {
  for (const std::string page : {"/site", "/catalogue", "/catalogue/1", "/queues/1"}) {
    for (const std::string more :
         {"%20", "%0a", "%0d%0a", "%20public", "%20max-age", "%20private,%20no-cache", "%20foo",
          "%20foo%0dSet-Cookie:%20a=b;%20", "%20foo%0d%0aSet-Cookie:%20a=b;%20",
          "%0aSet-Cookie:"}) {
      for (const char* method : {"GET", "HEAD", "POST", "TRACE"}) {
        const std::string call = std::string(method) + " " + page + more;
        const HttpResponse answer = client.send({method, page + more});
        // A queue's path has other methods.
        BOOST_TEST((answer.status == 404 || answer.status == 405), call);
        BOOST_TEST(answer.header("cache-control") == "no-store", call);
        const std::string id = answer.header("x-request-id");
        BOOST_TEST(!id.empty(), call);
        BOOST_TEST(id.find(',') == std::string::npos, call << ": " << id);
        BOOST_TEST(answer.headers.count("set-cookie") == 0U, call);
      }
    }
    BOOST_TEST(client.send({"GET", page}).headers.count("x-request-id") == 1U);
  }
}

BOOST_AUTO_TEST_CASE(methods_that_nginx_refuses_are_problems_too) {
  const auto refused = client.send({"TRACE", "/queue"});
  BOOST_TEST(refused.outcome() == "405 METHOD_NOT_ALLOWED");
  BOOST_TEST(!refused.header("allow").empty());
  BOOST_TEST(client.send({"TRACE", "/nowhere"}).outcome() == "404 NOT_FOUND");
  // The status that is sent is the one that the problem names, also where a body is too long.
  BOOST_TEST(client.send({"TRACE", "/queue", {}, std::string(17000, 'x')}).outcome() ==
             "413 BODY_TOO_LARGE");
  const auto chunked =
      raw("TRACE /queue HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
          "Transfer-Encoding: chunked\r\n\r\n4268\r\n" +
          std::string(17000, 'x') + "\r\n0\r\n\r\n");
  BOOST_TEST(chunked.outcome() == "413 BODY_TOO_LARGE");
  BOOST_TEST(chunked.json()["status"].asInt() == 413);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
