// HTTP as clients speak it: paths with more slashes than they have, validators, compression.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/ops_http.h"
#include "support/ops_service.h"
#include "support/raw_connection.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneUserOfHttp {
  Stack& stack = shared_stack();
  HttpClient client = stack.client();
  TestUser user{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 50, 100);
  std::string dates = fmt::format("/concerts/{}/dates", concert);
  std::string seats = fmt::format("{}/{}/seats", dates, date);

  // Not recorded: the contract check cannot read compressed bodies.
  Reply get(const std::string& path, const std::vector<std::string>& headers) {
    std::vector<std::string> all{"token: " + user.token()};
    all.insert(all.end(), headers.begin(), headers.end());
    return Web(stack.url()).send("GET", path, all);
  }
};

std::string unzipped(const std::string& body) {
  const ScratchFolder folder;
  write_text(folder.path() + "/body.gz", body);
  return run({"gzip", "-dc", folder.path() + "/body.gz"}).out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_test, OneUserOfHttp)

BOOST_AUTO_TEST_CASE(a_read_with_more_slashes_is_sent_to_the_path_itself) {
  for (const std::string& path : Texts{"/concerts/", "//concerts", "///concerts//"}) {
    for (const std::string& query : Texts{"", "?limit=2&after=1"}) {
      for (const std::string& method : Texts{"GET", "HEAD"}) {
        const auto moved = user.send({method, path + query});
        BOOST_TEST(moved.status == 308, method << path);
        BOOST_TEST(moved.header("location") == "/concerts" + query, path);
        BOOST_TEST(moved.body.empty());
        BOOST_TEST(!moved.header("x-request-id").empty());
      }
    }
  }
  for (const std::string& path : Texts{"/queue/", "//token//refresh/", dates + "/", "/" + seats,
                                       "/client/" + user.id() + "//balance", "/livez/"}) {
    const auto moved = user.send({"GET", path});
    BOOST_TEST(moved.status == 308, path);
    BOOST_TEST(user.get(moved.header("location")).outcome() == "200", path);
  }
}

BOOST_AUTO_TEST_CASE(a_read_with_more_slashes_is_sent_to_the_path_itself_however_long_it_is) {
  // The longest request line that nginx takes, and one byte more.
  const std::string line = "GET //queue? HTTP/1.1\r\n";
  const std::string most(8192 - line.size(), 'a');
  const auto moved = user.get("//queue?" + most);
  BOOST_TEST(moved.status == 308);
  BOOST_TEST((moved.header("location") == "/queue?" + most));
  BOOST_TEST(user.get("//queue?a" + most).status == 414);
}

BOOST_AUTO_TEST_CASE(a_write_with_more_slashes_is_accepted) {
  const std::string id = new_uuid();
  for (const std::string& path : Texts{"/token/", "//token", "/client//token/"}) {
    HttpRequest join = token_request(id);
    join.path = path;
    const std::string outcome = client.send(join).outcome();
    BOOST_TEST((outcome == "201" || outcome == "200"), path << outcome);
  }
  BOOST_TEST(user.send({"PATCH",
                        "//user/" + user.id() + "/charge/",
                        {{"Content-Type", "application/json"}},
                        R"({"amount": 100})"})
                 .outcome() == "200");
  const auto held =
      user.post("/reservation/", fmt::format(R"({{"concertDateId": {}, "seatNumber": 1}})", date));
  BOOST_TEST(held.outcome() == "201");
  BOOST_TEST(user.post("//payment//" + held.json()["paymentId"].asString()).outcome() == "200");
  BOOST_TEST(user.del("/token/").outcome() == "204");
}

BOOST_AUTO_TEST_CASE(no_path_sends_a_client_to_another_host) {
  for (const std::string& path :
       Texts{"//evil.example/", "//evil.example", "//evil.example/concerts/", "/%2f/evil.example",
             "/%2f%2fevil.example/", "/\\evil.example/", "//evil.example/%2e%2e/concerts/",
             "/%5cevil.example/", "//concerts/\\evil.example/", "/concerts/..//evil.example/",
             "//evil.example//concerts//", "/.//evil.example/", "//\\evil.example/queue/"}) {
    const auto answer = user.get(path);
    BOOST_TEST((answer.status == 404 || answer.status == 400), path << " " << answer.status);
    BOOST_TEST(answer.header("location").empty(), path);
  }
  // A redirect goes to a path of this host, whatever its segments are.
  for (const std::string& path :
       Texts{"//concerts//\\evil.example/dates", "//concerts/..//dates/"}) {
    const auto moved = user.get(path);
    BOOST_TEST(moved.status == 308, path);
    BOOST_TEST(moved.header("location").rfind("/concerts/", 0) == 0U, path);
  }
}

BOOST_AUTO_TEST_CASE(the_scheme_bearer_is_accepted_in_every_form) {
  for (const std::string& scheme : Texts{"Bearer ", "Bearer  ", "bearer\t", "BEARER \t  "}) {
    for (const std::string& end : Texts{"", "  ", "\t"}) {
      const auto answer = send_raw(
          stack.port(),
          "GET /concerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization:  " + scheme +
              user.token() + end + "\r\n\r\n",
          {"GET", "/concerts"});
      BOOST_TEST(answer.outcome() == "200", scheme);
    }
  }
  for (const std::string& value : Texts{"Bearer", "Bearer  ", "Bearer" + user.token(),
                                        "Basic " + user.token(), "Bear er " + user.token()}) {
    BOOST_TEST(client.send({"GET", "/concerts", {{"Authorization", value}}}).outcome() ==
               "401 TOKEN_REQUIRED");
  }
  for (const std::string& value :
       Texts{"Bearer a " + user.token(), "Bearer " + user.token() + " a"})
    BOOST_TEST(client.send({"GET", "/concerts", {{"Authorization", value}}}).outcome() ==
               "401 TOKEN_INVALID");
}

BOOST_AUTO_TEST_CASE(an_encoded_body_is_an_unsupported_media_type) {
  const Headers json{{"Content-Type", "application/json"}};
  const std::string charge = "/user/" + user.id() + "/charge";
  for (const auto& [encoding, outcome] :
       std::vector<std::pair<std::string, std::string>>{{"gzip", "415 MEDIA_TYPE"},
                                                        {"br", "415 MEDIA_TYPE"},
                                                        {"identity, gzip", "415 MEDIA_TYPE"},
                                                        {"x", "415 MEDIA_TYPE"},
                                                        {"Identity", "200"},
                                                        {"", "200"}}) {
    const auto answer = user.charge(1, {{"Content-Encoding", encoding}});
    BOOST_TEST(answer.outcome() == outcome, encoding);
  }
  const Headers zipped{{"Content-Encoding", "gzip"}};
  BOOST_TEST(client.send(token_request(new_uuid(), zipped)).outcome() == "415 MEDIA_TYPE");
  BOOST_TEST(user.hold(date, {1}, zipped).outcome() == "415 MEDIA_TYPE");
  BOOST_TEST(user.balance() == 2);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_the_same_for_every_user_has_an_etag) {
  for (const std::string& path :
       Texts{"/concerts?limit=1", dates, seats, "/queue", "/tickets/key"}) {
    const auto first = user.get(path);
    const std::string tag = first.header("etag");
    BOOST_TEST(tag.rfind("W/\"", 0) == 0U, path << tag);
    BOOST_TEST(first.header("cache-control") == "private, no-cache");
    for (const std::string& method : Texts{"GET", "HEAD"}) {
      for (const std::string& names :
           Texts{tag, tag.substr(2), "*", "\"a\", " + tag, tag + ",\"b\"", " " + tag + " "}) {
        const auto same = user.send({method, path, {{"If-None-Match", names}}});
        BOOST_TEST(same.status == 304, path << " " << names);
        BOOST_TEST(same.body.empty());
        BOOST_TEST(same.header("etag") == tag);
        BOOST_TEST(same.header("cache-control") == "private, no-cache");
        BOOST_TEST(same.header("content-type").empty());
        BOOST_TEST(!same.header("x-request-id").empty());
      }
      for (const std::string& other : Texts{"\"a\"", "", "W/", tag.substr(0, tag.size() - 2)}) {
        const auto whole = user.send({method, path, {{"If-None-Match", other}}});
        BOOST_TEST(whole.status == 200, path << " " << other);
        BOOST_TEST(whole.body.empty() == (method == "HEAD"));
        BOOST_TEST(whole.header("etag") == tag);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_etag_changes_with_its_body) {
  const auto before = user.get(seats);
  user.hold(date, {1});
  const auto now = user.send({"GET", seats, {{"If-None-Match", before.header("etag")}}});
  BOOST_TEST(now.status == 200);
  BOOST_TEST(now.header("etag") != before.header("etag"));
  BOOST_TEST(user.get(seats + "?status=AVAILABLE").header("etag") != now.header("etag"));
}

BOOST_AUTO_TEST_CASE(an_etag_opens_nothing_and_answers_about_a_user_have_none) {
  const std::string tag = user.get(seats).header("etag");
  for (const std::string& names : Texts{tag, "*"})
    BOOST_TEST(client.send({"GET", seats, {{"If-None-Match", names}}}).outcome() ==
               "401 TOKEN_REQUIRED");
  for (const std::string& path :
       Texts{"/token/refresh", "/client/" + user.id() + "/balance", "/nowhere", "/livez"}) {
    const auto answer = user.send({"GET", path, {{"If-None-Match", "*"}}});
    BOOST_TEST((answer.status == 200 || answer.status == 404), path);
    BOOST_TEST(answer.header("etag").empty(), path);
    BOOST_TEST(answer.header("cache-control") == "no-store", path);
  }
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_compressed_where_that_is_asked_for) {
  const auto large = stack.add_date(concert, 1000, 50000);
  const std::string path = fmt::format("{}/{}/seats", dates, large);
  const Reply plain = get(path, {});
  BOOST_TEST(plain.status == 200);
  BOOST_TEST(plain.header("content-encoding").empty());
  BOOST_TEST(plain.header("vary").find("Accept-Encoding") != std::string::npos);
  const Reply zipped = get(path, {"Accept-Encoding: gzip, br"});
  BOOST_TEST(zipped.header("content-encoding") == "gzip");
  BOOST_TEST(zipped.header("vary").find("Accept-Encoding") != std::string::npos);
  BOOST_TEST(zipped.body.size() * 10 < plain.body.size());
  BOOST_TEST(unzipped(zipped.body) == plain.body);
  // One ETag for both forms.
  BOOST_TEST(zipped.header("etag") == plain.header("etag"));
  const Reply same =
      get(path, {"Accept-Encoding: gzip", "If-None-Match: " + zipped.header("etag")});
  BOOST_TEST(same.status == 304);
  BOOST_TEST(same.body.empty());
  BOOST_TEST(same.header("content-encoding").empty());
  BOOST_TEST(get(path, {"Accept-Encoding: gzip;q=0"}).header("content-encoding").empty());
}

BOOST_AUTO_TEST_CASE(the_metrics_are_compressed_where_that_is_asked_for) {
  const Reply zipped = get("/metrics", {"Accept-Encoding: gzip"});
  BOOST_TEST(zipped.header("content-encoding") == "gzip");
  BOOST_TEST(unzipped(zipped.body).starts_with("# HELP "));
  BOOST_TEST(get("/metrics", {}).header("content-encoding").empty());
}

BOOST_AUTO_TEST_CASE(a_balancer_of_http_1_0_gets_compressed_answers_too) {
  const auto large = stack.add_date(concert, 1000, 50000);
  const Outcome answer =
      run({"curl", "-sS", "--http1.0", "--include", "--header", "Accept-Encoding: gzip", "--header",
           "token: " + user.token(), fmt::format("{}{}/{}/seats", stack.url(), dates, large)});
  BOOST_TEST(answer.out.find("\r\nContent-Encoding: gzip\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_short_answer_and_one_with_a_token_are_sent_as_they_are) {
  for (const std::string& path : Texts{"/queue", "/token/refresh", "/nowhere"}) {
    const Reply answer = get(path, {"Accept-Encoding: gzip"});
    BOOST_TEST(answer.header("content-encoding").empty(), path);
    BOOST_TEST(!answer.json().isNull(), path);
  }
}

BOOST_AUTO_TEST_CASE(a_replayed_answer_says_so) {
  const Headers key{{"Idempotency-Key", "k"}};
  BOOST_TEST(user.charge(1000, key).header("idempotent-replayed").empty());
  BOOST_TEST(user.charge(1000, key).header("idempotent-replayed") == "true");
  BOOST_TEST(user.charge(1000).header("idempotent-replayed").empty());
  const auto held = user.hold(date, {7}, key);
  BOOST_TEST(held.header("idempotent-replayed").empty());
  const auto again = user.hold(date, {7}, key);
  BOOST_TEST(again.outcome() == "201");
  BOOST_TEST(again.header("idempotent-replayed") == "true");
  BOOST_TEST(user.hold(date, {8}, key).header("idempotent-replayed").empty());
  BOOST_TEST(user.pay(held).header("idempotent-replayed").empty());
  const auto paid_again = user.pay(held);
  BOOST_TEST(paid_again.outcome() == "200");
  BOOST_TEST(paid_again.header("idempotent-replayed") == "true");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
