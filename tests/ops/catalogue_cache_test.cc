// What nginx answers by itself of what is the same for everybody (nginx/snippets/catalogue.conf).
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

#include "support/ops_service.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct KeptAnswers {
  Service service;
  Web web = service.web();

  // How many requests of the catalogue concertd has answered so.
  int asked(const std::string& route = "/catalogue", int status = 200) {
    const std::string metrics = web.get("/metrics").body;
    const std::string line = "\nconcert_requests_total{route=\"GET " + route + "\",status=\"" +
                             std::to_string(status) + "\"} ";
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

BOOST_AUTO_TEST_CASE(many_that_ask_for_what_is_refused_are_one_request_a_second_to_concertd) {
  for (const auto& [path, route, status] :
       {std::tuple{"/catalogue/99999", "/catalogue/{concertId}", 404},
        std::tuple{"/catalogue?limit=0", "/catalogue", 422}}) {
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + std::chrono::seconds(3);
    std::vector<std::thread> clients;
    std::mutex mutex;
    std::set<std::string> others;
    for (int i = 0; i < 32; ++i) {
      clients.emplace_back([&, path = path, status = status] {
        Web mine = service.web();
        while (std::chrono::steady_clock::now() < end) {
          const Reply reply = mine.get(path);
          // The id in the body is that of the request too, see Reply::code().
          const bool is_right = reply.status == status && !reply.code().empty() &&
                                reply.header("cache-control") == "no-store" &&
                                reply.count_of_header("cache-control") == 1;
          if (is_right) continue;
          const std::lock_guard<std::mutex> lock(mutex);
          others.insert(std::to_string(reply.status) + " " + reply.header("cache-control") + " " +
                        reply.header("x-request-id") + " " + reply.body);
        }
      });
    }
    for (std::thread& client : clients) client.join();
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin)
            .count();
    BOOST_TEST(others.empty(),
               path << ": " << others.size() << (others.empty() ? "" : *others.begin()));
    BOOST_TEST(asked(route, status) <= seconds + 2, path);
  }
}

BOOST_AUTO_TEST_CASE(a_condition_on_what_is_kept_is_answered_with_a_problem) {
  for (const char* condition :
       {"If-Match: \"x\"", "If-Unmodified-Since: Mon, 01 Jan 2035 00:00:00 GMT"}) {
    for (const char* path : {"/site", "/catalogue"}) {
      const Reply reply = web.send("GET", path, {condition});
      BOOST_TEST(reply.status == 412, condition);
      BOOST_TEST(reply.code() == "PRECONDITION_FAILED", condition);
      BOOST_TEST(reply.count_of_header("x-request-id") == 1);
      BOOST_TEST(reply.header("cache-control") == "no-store");
      BOOST_TEST(reply.header("etag") == "");
    }
  }
  BOOST_TEST(web.send("GET", "/site", {"If-Match: *"}).status == 200);
}

BOOST_AUTO_TEST_CASE(a_304_varies_as_its_200_does) {
  for (int i = 0; i < 8; ++i) service.add_date(2, 100);
  const auto varies = [](const Reply& reply) {
    return std::count_if(reply.headers.begin(), reply.headers.end(), [](const auto& header) {
      return header.first == "vary" && header.second == "Accept-Encoding";
    });
  };
  const Reply whole = web.send("GET", "/catalogue", {"Accept-Encoding: gzip"});
  BOOST_TEST(whole.status == 200);
  BOOST_TEST(varies(whole) == 1);
  const Reply same = web.send("GET", "/catalogue",
                              {"Accept-Encoding: gzip", "If-None-Match: " + whole.header("etag")});
  BOOST_TEST(same.status == 304);
  BOOST_TEST(varies(same) == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_long_in_coming_is_no_line_in_the_error_log) {
  service.add_date(2, 100);
  for (const pid_t worker : service.workers()) ::kill(worker, SIGSTOP);
  std::thread client([&] { service.web().get("/catalogue"); });
  // nginx looks for unused answers every 10 s.
  std::this_thread::sleep_for(std::chrono::seconds(13));
  for (const pid_t worker : service.workers()) ::kill(worker, SIGCONT);
  client.join();
  for (const auto& entry : std::filesystem::directory_iterator(service.folder())) {
    if (!entry.is_regular_file() || entry.path().extension() != ".log") continue;
    BOOST_TEST(text_of(entry.path()).find("inactive cache entry") == std::string::npos,
               entry.path());
  }
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

BOOST_AUTO_TEST_CASE(an_answer_is_kept_by_what_concertd_was_asked) {
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
  // It is kept as a 200 is.
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  BOOST_TEST(web.get(other).status == 200);
}

// nginx keeps the key of each for a minute. If they do not fit, some are 500, with alerts in its
// log.
BOOST_AUTO_TEST_CASE(many_distinct_searches_within_a_minute_are_all_answered) {
  constexpr int kSearches = 24'000;
  constexpr int kClients = 16;
  service.add_date(2, 100);
  std::vector<std::thread> clients;
  std::atomic<int> next{0};
  std::atomic<int> failed{0};
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      Web mine = service.web();
      for (int number = next++; number < kSearches; number = next++)
        if (mine.get("/catalogue?q=" + std::to_string(number)).status != 200) ++failed;
    });
  }
  for (std::thread& client : clients) client.join();
  BOOST_TEST(failed == 0);
  const std::string log = text_of(service.folder() + "/nginx.log") +
                          text_of(service.folder() + "/access-concert-reservation.error.log");
  BOOST_TEST(log.find("could not allocate node") == std::string::npos);
  BOOST_TEST(log.find("inactive cache entry") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_query_of_the_catalogue_counts_as_a_search) {
  std::string site = source_text("nginx/concert-reservation.conf");
  put_in_place(site, "# include snippets/concert-reservation/rate-limit.conf;",
               "include snippets/concert-reservation/rate-limit.conf;");
  service.run_site(site);
  const std::string one = "/catalogue/" + std::to_string(service.concert());
  int address = 0;
  for (const std::string& query :
       {std::string("/catalogue?limit=1"), std::string("/catalogue?after=1.1"),
        std::string("/catalogue?%71=x"), std::string("/catalogue?q=x"),
        std::string("/catalogue?l%69mit=1"), std::string("/catalogue?x=1"), one + "?limit=1"}) {
    const std::string from = "X-Comes-From: 192.0.2." + std::to_string(++address);
    int refused = 0;
    for (int i = 0; i < 40; ++i)
      if (web.send("GET", query, {from}).status == 429) ++refused;
    BOOST_TEST(refused > 0, query);
    BOOST_TEST(web.send("GET", "/catalogue", {from}).status == 200, query);
  }
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
