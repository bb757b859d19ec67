// What nginx answers by itself of what is the same for everybody (nginx/snippets/catalogue.conf).
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "support/ops_service.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct KeptAnswers {
  Service service;
  Web web = service.web();

  // How many requests of the catalogue concertd has answered with 200.
  int asked() {
    const std::string metrics = web.get("/metrics").body;
    const std::string line = "\nconcert_requests_total{route=\"GET /catalogue\",status=\"200\"} ";
    const auto at = metrics.find(line);
    return at == std::string::npos ? 0 : std::stoi(metrics.substr(at + line.size()));
  }
  std::string title() {
    const Json::Value concerts = web.get("/catalogue").json()["concerts"];
    return concerts.empty() ? "" : concerts[0]["title"].asString();
  }
  void rename(const std::string& title) {
    service.ctl(
        {"concert", "set", "--concert", std::to_string(service.concert()), "--title", title});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(catalogue_cache_test, KeptAnswers)

BOOST_AUTO_TEST_CASE(many_that_ask_all_the_time_are_one_request_a_second_to_concertd) {
  service.add_date(2, 100);
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + std::chrono::seconds(5);
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      Web mine = service.web();
      while (std::chrono::steady_clock::now() < end)
        ++(mine.get("/catalogue").status == 200 ? answered : failed);
    });
  }
  for (std::thread& client : clients) client.join();
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin)
          .count();
  BOOST_TEST(failed == 0);
  BOOST_TEST(answered > 100);
  // One in each second that began, and one for the first answer.
  BOOST_TEST(asked() <= seconds + 2);
}

BOOST_AUTO_TEST_CASE(nothing_older_than_two_seconds_is_answered_also_after_a_pause) {
  service.add_date(2, 100);
  rename("Before");
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  BOOST_TEST(title() == "Before");
  rename("After");
  const auto renamed = std::chrono::steady_clock::now();
  // Asked all the time: the old answer ends.
  while (title() == "Before")
    BOOST_REQUIRE((std::chrono::steady_clock::now() - renamed < std::chrono::seconds(10)));
  rename("Last");
  // Nobody asks: the first one gets the new answer.
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  BOOST_TEST(title() == "Last");
}

BOOST_AUTO_TEST_CASE(each_answer_has_the_id_of_its_own_request) {
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const Reply reply = web.get("/site");
    BOOST_TEST(reply.count_of_header("x-request-id") == 1);
    BOOST_TEST(reply.count_of_header("cache-control") == 1);
    ids.insert(reply.header("x-request-id"));
  }
  BOOST_TEST(ids.size() == 5U);
  for (const char* path : {"/site", "/queues/1", "/queues/99"}) {
    for (const char* method : {"TRACE", "POST", "PUT", "GET"}) {
      const Reply reply = web.send(method, path);
      const std::string call = std::string(method) + " " + path;
      BOOST_TEST((reply.status == 405) == (call.front() != 'G'), call);
      BOOST_TEST(reply.count_of_header("x-request-id") == 1, call);
      BOOST_TEST(reply.count_of_header("cache-control") == 1, call);
    }
  }
  const Reply named = web.send("GET", "/site", {"X-Request-Id: mine-1"});
  BOOST_TEST(named.header("x-request-id") == "mine-1");
}

BOOST_AUTO_TEST_CASE(an_answer_is_kept_by_what_concertd_was_asked_and_errors_are_not_kept) {
  service.add_date(2, 100);
  // HEAD first: what is kept has a body all the same.
  BOOST_TEST(run({"curl", "-sfI", service.url() + "/catalogue"}).exit_code == 0);
  BOOST_TEST(web.get("/catalogue").json()["concerts"].size() == 1U);
  // A parameter that is written another way is not read behind the key's back.
  BOOST_TEST(web.get("/catalogue?li%6Dit=0").status == 422);
  BOOST_TEST(web.get("/catalogue?x=1&x=2").status == 200);
  for (const char* twice : {"limit=1&limit=2", "q=a&x=1&q=a", "after=x&after=x", "limit=1&limit",
                            "q&q=a", "limit&limit"})
    BOOST_TEST(web.get(std::string("/catalogue?") + twice).status == 422, twice);
  const std::string other = "/catalogue/" + std::to_string(service.concert() + 1);
  BOOST_TEST(web.get(other).status == 404);
  service.ctl({"concert", "add", "--title", "B", "--venue", "V"});
  BOOST_TEST(web.get(other).status == 200);
}

BOOST_AUTO_TEST_CASE(searches_of_one_address_have_a_limit_of_their_own) {
  std::string site = source_text("nginx/concert-reservation.conf");
  put_in_place(site, "# include snippets/concert-reservation/rate-limit.conf;",
               "include snippets/concert-reservation/rate-limit.conf;");
  service.run_site(site);
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const Reply reply = web.get("/catalogue?q=" + std::to_string(i));
    if (reply.status == 200) continue;
    BOOST_TEST(reply.code() == "RATE_LIMITED");
    BOOST_TEST(reply.header("ratelimit-limit") == "5");
    ++refused;
  }
  BOOST_TEST(refused > 0);
  BOOST_TEST(web.get("/catalogue").status == 200);
  BOOST_TEST(web.send("GET", "/catalogue?q=x", {"X-Comes-From: 192.0.2.7"}).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
