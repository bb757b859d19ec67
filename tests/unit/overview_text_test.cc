// The text and the JSON of `concertctl top`.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "ctl/top/overview.h"

namespace concert {
namespace {

struct BusyHost {
  BusyHost() {
    overview.seconds = 2;
    overview.at_s = 1'790'000'000;
    overview.version = "1.2.3";
    overview.all = {"", 1234.5, 1.2, 8.9};
    overview.routes = {{"GET /concerts/{concertId}/dates/{concertDateId}/seats", 1000, 1.5, 8.9},
                       {"POST /token", 234.5, 1, 10'000}};
    overview.refusals = {{"SEAT_UNAVAILABLE", 12.5}};
    overview.workers = 16;
    overview.workers_busy = 3;
    overview.in_hand = 5;
    overview.queue = Overview::Queue{93'283, 1000, 1000, 952, 3783, {}, {}, 512, 4};
    overview.seats_held = {12.5, 12'345};
    overview.seats_sold = {3, 678};
    overview.points_charged = {100'000, 9'000'000'000};
    overview.points_paid = {50'000, 4'000'000};
    overview.cron_age_s = 1;
    overview.cron_took_s = 0.012;
    overview.cache_hits = {987, 987};
    overview.cache_misses = {13, 13};
    overview.round_trips = {2345, 10'000};
    overview.nginx_5xx = {0.5, 3};
    overview.nginx_429 = {12, 345};
  }
  bool shows(const std::string& part) const {
    return to_text(overview).find(part) != std::string::npos;
  }

  Overview overview;
};

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(overview_text_test, BusyHost)

BOOST_AUTO_TEST_CASE(a_busy_service_is_one_page_of_80_columns) {
  const std::string wanted =
      R"(concert-reservation 1.2.3   2026-09-21T14:13:20.000Z   rates of 2.0 s

requests   1234.5/s; p50 1.2 ms, p99 8.9 ms; 0.0 errors/s
workers    3 of 16 busy; 5 requests in hand; 0 died
queue      93283 waiting, the first for 63 min 03 s; 1000 of 1000 active
           952 admitted from the queue in the last minute
holds      512 live, 4 lapsed
seats      12.5/s held (12345), 3.0/s sold (678)
points     100000.0/s charged (9000000000), 50000.0/s paid (4000000)
cron       last good pass 1 s ago; the last took 12 ms; 0 failed
cache      98.7 % of 1000.0/s found; 0.0 errors/s
database   2345.0 round trips/s; 0.0 slow, 0.0 retried, 0.0 deadlocks/s
nginx      by itself: 5xx 0.5/s (3), 429 12.0/s (345)

ROUTE                                                      /s   p50 ms   p99 ms
GET /concerts/{concertId}/dates/{concertDateId}/seats  1000.0      1.5      8.9
POST /token                                             234.5      1.0  10000.0

REFUSED                                                    /s
SEAT_UNAVAILABLE                                         12.5
)";
  BOOST_TEST(to_text(overview) == wanted);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_long_keeps_its_refusals_and_counts_the_rows_left_out) {
  const std::string whole = to_text(overview);
  BOOST_TEST(to_text(overview, lines_of(whole)) == whole);
  for (int i = 0; i < 10; ++i) overview.routes.push_back({fmt::format("GET /{}", i), 1, 1, 1});
  constexpr std::size_t kOf24 = 21;  // above the foot
  const std::string few = to_text(overview, kOf24);
  BOOST_TEST(lines_of(few) == kOf24);
  BOOST_TEST(few.find("\nSEAT_UNAVAILABLE  ") != std::string::npos, few);
  BOOST_TEST(few.find("\nPOST /token  ") != std::string::npos, few);
  BOOST_TEST(
      few.find("\nand 10 more; a higher terminal shows them\n\nREFUSED") != std::string::npos, few);
  for (int i = 0; i < 10; ++i) overview.refusals.push_back({fmt::format("CODE_{}", i), 1});
  for (std::size_t lines = 20; lines < 50; ++lines) {
    const std::string text = to_text(overview, lines);
    BOOST_TEST(lines_of(text) <= lines);
    BOOST_TEST(text.find("\nSEAT_UNAVAILABLE  ") != std::string::npos, text);
    const bool is_whole = text == to_text(overview);
    BOOST_TEST((text.find(" more; a higher terminal shows ") != std::string::npos) == !is_whole);
  }
  BOOST_TEST(to_text(overview, 0).find("\nand 12 more;") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_paused_queue_and_a_missing_database_are_shown) {
  BOOST_TEST(!shows("aused"));
  overview.queue->paused_empty = {3, 5};
  BOOST_TEST(shows("in the last minute\n           paused: 3, 5\nholds "));
  BOOST_TEST(!shows("PAUSED"));
  BOOST_TEST(!to_json(overview)["queue"]["paused"].asBool());
  overview.queue->paused = {2};
  overview.cron_age_s.reset();
  overview.cache_hits = {};
  overview.cache_misses = {};
  BOOST_TEST(shows("1000 of 1000 active\n"));
  BOOST_TEST(shows("in the last minute\n           PAUSED: 2; paused: 3, 5\nholds "));
  const Json::Value json = to_json(overview)["queue"];
  BOOST_TEST(json["paused"].asBool());
  BOOST_TEST(json["pausedQueues"].size() == 3U);
  BOOST_TEST(json["pausedQueues"][0] == 2);
  BOOST_TEST(shows("cron       no good pass since concertd began;"));
  BOOST_TEST(shows("cache      not asked;"));
  overview.queue.reset();
  BOOST_TEST(shows("the database does not answer. Run concertctl doctor\n"));
}

BOOST_AUTO_TEST_CASE(a_long_time_has_larger_units) {
  for (const auto& [seconds, text] : std::vector<std::pair<double, std::string>>{
           {0, "0 s"}, {99.4, "99 s"}, {99.6, "1 min 40 s"}, {7260, "2 h 01 min"}}) {
    overview.queue->oldest_wait_s = seconds;
    BOOST_TEST(shows("the first for " + text + ";"), text);
  }
}

BOOST_AUTO_TEST_CASE(json_has_the_same_numbers) {
  const Json::Value json = to_json(overview);
  BOOST_TEST(json["version"].asString() == "1.2.3");
  BOOST_TEST(json["at"].asString() == "2026-09-21T14:13:20.000Z");
  BOOST_TEST(json["requests"]["perSecond"].asDouble() == 1234.5);
  BOOST_TEST(json["routes"][1]["route"].asString() == "POST /token");
  BOOST_TEST(json["routes"][1]["p99Ms"].asInt64() == 10'000);
  BOOST_TEST(json["refusals"]["SEAT_UNAVAILABLE"].asDouble() == 12.5);
  BOOST_TEST(json["queue"]["waiting"].asInt64() == 93'283);
  BOOST_TEST(json["queue"]["paused"].isBool());
  BOOST_TEST(json["pointsCharged"]["total"].isInt64());
  BOOST_TEST(json["cronAgeSeconds"].asInt64() == 1);
  BOOST_TEST(json["nginx429"]["total"].asInt64() == 345);
  overview.queue.reset();
  overview.cron_age_s.reset();
  BOOST_TEST(to_json(overview)["queue"].isNull());
  BOOST_TEST(to_json(overview)["cronAgeSeconds"].isNull());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
