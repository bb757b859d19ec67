#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

// A service with a currency of its own, and clients without a token.
struct Visitor {
  Stack stack{{"currency", "EUR"},
              {"currency_decimals", "2"},
              {"login_url", "https://login.example.org/concerts"},
              {"charge_url", "/pay"}};
  HttpClient client = stack.client();

  HttpResponse get(const std::string& path, const Headers& headers = {}) {
    return client.send({"GET", path, headers});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(catalogue_test, Visitor)

BOOST_AUTO_TEST_CASE(the_site_says_what_a_page_needs) {
  const HttpResponse site = get("/site");
  BOOST_TEST(site.outcome() == "200");
  BOOST_TEST(compact(site.json()) ==
             R"({"chargeUrl":"/pay","charging":"open","currency":"EUR","currencyDecimals":2,)"
             R"("identity":"open","languages":["en","ko"],)"
             R"("loginUrl":"https://login.example.org/concerts"})");
}

BOOST_AUTO_TEST_CASE(a_concert_is_shown_with_its_dates_to_everybody) {
  const std::int64_t concert = stack.add_concert("Autumn Night");
  stack.ctl({"concert", "set", "--concert", std::to_string(concert), "--description", "Two lines",
             "--image-url", "/pictures/1.jpg", "--time-zone", "Asia/Seoul"});
  const std::int64_t date = stack.add_date(concert, 2, 1250);
  const HttpResponse page = get("/catalogue");
  BOOST_TEST(page.outcome() == "200");
  const Json::Value body = page.json();
  BOOST_TEST(body["currency"] == "EUR");
  BOOST_TEST(body["currencyDecimals"] == 2);
  BOOST_TEST(body["next"].isNull());
  BOOST_REQUIRE(body["concerts"].size() == 1U);
  const Json::Value shown = body["concerts"][0];
  BOOST_TEST(shown["concertId"].asInt64() == concert);
  BOOST_TEST(shown["title"] == "Autumn Night");
  BOOST_TEST(shown["description"] == "Two lines");
  BOOST_TEST(shown["imageUrl"] == "/pictures/1.jpg");
  BOOST_TEST(shown["timeZone"] == "Asia/Seoul");
  BOOST_TEST(shown["queueId"] == 1);
  BOOST_REQUIRE(shown["dates"].size() == 1U);
  const Json::Value night = shown["dates"][0];
  BOOST_TEST(night["concertDateId"].asInt64() == date);
  BOOST_TEST(night["state"] == "ON_SALE");
  BOOST_TEST(night["onSaleAt"].isNull());
  BOOST_TEST(night["salesEndAt"] == night["startsAt"]);
  BOOST_TEST(compact(night["prices"]) == R"([{"category":null,"price":1250}])");
  BOOST_TEST(night["soldOut"] == false);
  BOOST_TEST(compact(get("/catalogue/" + std::to_string(concert)).json()) == compact(shown));
}

BOOST_AUTO_TEST_CASE(a_date_is_scheduled_on_sale_or_closed) {
  const std::int64_t concert = stack.add_concert();
  const std::string date = std::to_string(stack.add_date(concert));
  const auto state = [&] {
    // Past what nginx kept.
    const HttpResponse page = get("/catalogue/" + std::to_string(concert) + "?limit=" + new_uuid());
    return page.json()["dates"][0]["state"].asString();
  };
  stack.ctl({"date", "set", "--date", date, "--on-sale-at", "2999-01-01T00:00:00Z",
             "--sales-end-at", "", "--starts-at", "2999-01-02T00:00:00Z", "--why", "test"});
  BOOST_TEST(state() == "SCHEDULED");
  stack.ctl({"date", "stop", "--date", date, "--why", "test"});
  BOOST_TEST(state() == "CLOSED");
  stack.ctl({"date", "resume", "--date", date, "--why", "test"});
  stack.ctl({"date", "set", "--date", date, "--on-sale-at", "", "--why", "test"});
  BOOST_TEST(state() == "ON_SALE");
}

BOOST_AUTO_TEST_CASE(pages_follow_each_other_and_a_search_finds) {
  for (const char* title : {"One", "Two", "Three"}) stack.add_date(stack.add_concert(title));
  std::string all;
  std::string path = "/catalogue?limit=1";
  for (int i = 0; i < 4; ++i) {
    const Json::Value page = get(path).json();
    for (const Json::Value& one : page["concerts"]) all += one["title"].asString() + " ";
    if (page["next"].isNull()) break;
    path = "/catalogue?limit=1&after=" + page["next"].asString();
  }
  BOOST_TEST(all == "One Two Three ");
  const Json::Value found = get("/catalogue?q=tHREE").json()["concerts"];
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0]["title"] == "Three");
  BOOST_TEST(get("/catalogue?q=%ED%95%9C").json()["concerts"].size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_hidden_concert_is_not_found) {
  const std::string concert = std::to_string(stack.add_concert());
  stack.add_date(std::stoll(concert));
  stack.ctl({"concert", "set", "--concert", concert, "--visible-from", "2999-01-01T00:00:00Z"});
  TestUser user(stack);
  BOOST_TEST(get("/catalogue/" + concert).outcome() == "404 CONCERT_NOT_FOUND");
  BOOST_TEST(get("/catalogue").json()["concerts"].size() == 0U);
  BOOST_TEST(user.get("/concerts/" + concert + "/dates").outcome() == "404 CONCERT_NOT_FOUND");
  stack.ctl({"concert", "set", "--concert", concert, "--visible-from", "now"});
  // Past what nginx kept.
  BOOST_TEST(get("/catalogue/" + concert + "?limit=" + new_uuid()).outcome() == "200");
  BOOST_TEST(user.get("/concerts/" + concert + "/dates").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(what_is_no_page_and_no_search_is_refused) {
  for (const char* query : {"limit=0", "limit=101", "limit=x", "limit=", "after=x",
                            "after=", "after=MS4x.", "q=", "q=%20%20", "q=%FF"}) {
    const HttpResponse answer = get(std::string("/catalogue?") + query);
    BOOST_TEST(answer.outcome() == "422 FIELD_INVALID", query);
    const std::string name = query;
    BOOST_TEST(answer.json()["field"].asString() == name.substr(0, name.find('=')), query);
  }
  BOOST_TEST(get("/catalogue?q=" + std::string(100, 'a')).outcome() == "200");
  BOOST_TEST(get("/catalogue?q=" + std::string(101, 'a')).outcome() == "422 FIELD_INVALID");
  BOOST_TEST(get("/catalogue/999999").outcome() == "404 CONCERT_NOT_FOUND");
  BOOST_TEST(get("/catalogue/x").outcome() == "404 NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(each_answer_may_be_kept_for_a_second_and_has_an_etag) {
  stack.add_date(stack.add_concert());
  for (const char* path : {"/site", "/catalogue", "/catalogue?limit=3&q=a"}) {
    const HttpResponse first = get(path);
    BOOST_TEST(first.header("cache-control") == "public, max-age=1", path);
    BOOST_TEST(first.header("x-accel-expires") == "", path);
    const std::string tag = first.header("etag");
    BOOST_TEST(tag.rfind("W/\"", 0) == 0U, path << tag);
    const HttpResponse again = get(path, {{"If-None-Match", tag}});
    BOOST_TEST(again.status == 304, path);
    BOOST_TEST(again.body == "", path);
  }
  BOOST_TEST(get("/catalogue?limit=0").header("cache-control") == "no-store");
}

BOOST_AUTO_TEST_CASE(a_condition_that_does_not_hold_is_a_problem) {
  const std::string concert = std::to_string(stack.add_concert());
  for (const std::string& path :
       {std::string("/site"), std::string("/catalogue"), "/catalogue/" + concert}) {
    for (const Headers& condition :
         {Headers{{"If-Match", "\"x\""}},
          Headers{{"If-Unmodified-Since", "Mon, 01 Jan 2035 00:00:00 GMT"}}})
      BOOST_TEST(get(path, condition).outcome() == "412 PRECONDITION_FAILED", path);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
