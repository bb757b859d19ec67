#include "ctl/top/overview.h"

#include <boost/test/unit_test.hpp>

#include "base/metrics.h"
#include "report/counters.h"

namespace concert {
namespace {

constexpr std::int64_t kLater_s = 1'790'000'000;

// The metrics of a service before and after, two seconds apart.
struct Counting {
  Overview seen() { return compare(interval(), kLater_s); }
  Interval interval() { return {Scrape::parse(before), Scrape::parse(text()), 2}; }
  std::string text() const {
    return metrics.render() + "concert_build_info{version=\"1.2.3\"} 1\n" +
           (database_up ? queue : "") + "concert_database_up " + (database_up ? "1\n" : "0\n");
  }
  void remember() { before = text(); }
  void requests(std::size_t route, int count, std::int64_t duration_us, int status = 200) {
    for (int i = 0; i < count; ++i) metrics.count_request(route, status, duration_us);
  }

  Metrics metrics{{"GET /a", "GET /b", "GET /c"}, {"BUSY", "SEAT_UNAVAILABLE"}, counted_cells()};
  bool database_up = true;
  std::string queue =
      "concert_queue_users{state=\"active\"} 5\nconcert_queue_users{state=\"waiting\"} 6\n"
      "concert_queue_active_limit 7\nconcert_queue_admitted_last_minute 8\n"
      "concert_queue_oldest_wait_seconds 9.5\nconcert_queue_paused 1\n"
      "concert_holds{state=\"live\"} 10\nconcert_holds{state=\"lapsed\"} 11\n";
  std::string before;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(overview_test, Counting)

BOOST_AUTO_TEST_CASE(routes_with_requests_in_the_interval_are_shown_the_busiest_first) {
  requests(0, 50, 700);
  remember();
  requests(1, 4, 700);
  requests(2, 8, 700);
  const Overview overview = seen();
  BOOST_REQUIRE(overview.routes.size() == 2U);
  BOOST_TEST(overview.routes[0].route == "GET /c");
  BOOST_TEST(overview.routes[0].per_s == 4);
  BOOST_TEST(overview.routes[1].route == "GET /b");
  BOOST_TEST(overview.routes[1].per_s == 2);
  BOOST_TEST(overview.all.per_s == 6);
  BOOST_TEST(overview.version == "1.2.3");
  BOOST_TEST(overview.seconds == 2);
  BOOST_TEST(overview.at_s == kLater_s);
}

BOOST_AUTO_TEST_CASE(a_quantile_lies_within_its_bucket_and_counts_only_the_interval) {
  requests(0, 1000, 9'000'000);
  remember();
  requests(0, 98, 700);    // from 0.5 to 1 ms
  requests(0, 2, 30'000);  // from 25 to 50 ms
  const Overview overview = seen();
  BOOST_TEST(overview.routes[0].p50_ms == 0.5 + 0.5 * 50 / 98, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(overview.routes[0].p99_ms == 37.5, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(overview.all.p99_ms == 37.5, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_quantile_past_all_bounds_is_the_last_of_them) {
  requests(0, 1, 60'000'000);
  BOOST_TEST(seen().routes[0].p50_ms == 10'000);
}

BOOST_AUTO_TEST_CASE(without_requests_there_are_no_rates) {
  requests(0, 3, 700);
  remember();
  const Overview overview = seen();
  BOOST_TEST(overview.routes.empty());
  BOOST_TEST(overview.refusals.empty());
  BOOST_TEST(overview.all.per_s == 0);
  BOOST_TEST(overview.all.p99_ms == 0);
  BOOST_TEST(!overview.hit_rate());
}

BOOST_AUTO_TEST_CASE(refusals_and_errors_are_split_by_code_and_by_server) {
  metrics.count_refusal("BUSY");
  metrics.count_nginx_answer(502);
  remember();
  for (int i = 0; i < 4; ++i) metrics.count_refusal("SEAT_UNAVAILABLE");
  metrics.count_refusal("BUSY");
  requests(0, 1, 700, 503);
  requests(0, 1, 700, 500);
  for (const int status : {502, 504, 429, 429, 429, 429, 499, 404})
    metrics.count_nginx_answer(status);
  const Overview overview = seen();
  BOOST_REQUIRE(overview.refusals.size() == 2U);
  BOOST_TEST(overview.refusals[0].code == "SEAT_UNAVAILABLE");
  BOOST_TEST(overview.refusals[0].per_s == 2);
  BOOST_TEST(overview.refusals[1].per_s == 0.5);
  BOOST_TEST(overview.errors.per_s == 1);
  BOOST_TEST(overview.nginx_5xx.per_s == 1);
  BOOST_TEST(overview.nginx_5xx.total == 3);
  BOOST_TEST(overview.nginx_429.per_s == 2);
}

BOOST_AUTO_TEST_CASE(the_queue_is_read_from_its_gauges) {
  const auto found = seen().queue;
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->active == 5);
  BOOST_TEST(found->waiting == 6);
  BOOST_TEST(found->active_limit == 7);
  BOOST_TEST(found->admitted_last_minute == 8);
  BOOST_TEST(found->oldest_wait_s == 9.5);
  BOOST_TEST((found->paused == std::vector<std::int64_t>{1}));
  BOOST_TEST(found->paused_empty.empty());
  BOOST_TEST(found->holds_live == 10);
  BOOST_TEST(found->holds_lapsed == 11);
}

BOOST_AUTO_TEST_CASE(of_several_queues_the_paused_ones_are_told_apart) {
  queue =
      "concert_queue_users{state=\"active\",queue=\"1\"} 5\n"
      "concert_queue_users{state=\"waiting\",queue=\"1\"} 6\n"
      "concert_queue_users{state=\"active\",queue=\"2\"} 1\n"
      "concert_queue_users{state=\"waiting\",queue=\"2\"} 9\n"
      "concert_queue_users{state=\"waiting\",queue=\"3\"} 0\n"
      "concert_queue_paused{queue=\"1\"} 0\nconcert_queue_paused{queue=\"2\"} 1\n"
      "concert_queue_paused{queue=\"3\"} 1\n"
      "concert_queue_active_limit{queue=\"1\"} 3\nconcert_queue_active_limit{queue=\"2\"} 1\n"
      "concert_queue_active_limit{queue=\"3\"} 0\n";
  const auto found = seen().queue;
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->waiting == 15);
  BOOST_TEST(found->active_limit == 4);
  BOOST_TEST((found->paused == std::vector<std::int64_t>{2}));
  BOOST_TEST((found->paused_empty == std::vector<std::int64_t>{3}));
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_the_queue_is_unknown) {
  database_up = false;
  BOOST_TEST(!seen().queue);
}

BOOST_AUTO_TEST_CASE(each_counter_has_a_rate_and_a_total) {
  metrics.add_to_cell(seats_sold, 3);
  metrics.add(Metrics::cache_hits, 90);
  remember();
  metrics.add_to_cell(seats_sold, 4);
  metrics.add_to_cell(seats_held, 6);
  metrics.add_to_cell(points_charged, 1000);
  metrics.add_to_cell(points_paid, 500);
  metrics.add(Metrics::cache_hits, 3);
  metrics.add(Metrics::cache_misses, 1);
  metrics.add(Metrics::database_round_trips, 20);
  metrics.add(Metrics::database_slow_statements, 2);
  metrics.add(Metrics::worker_deaths, 1);
  const Overview overview = seen();
  BOOST_TEST(overview.seats_sold.per_s == 2);
  BOOST_TEST(overview.seats_sold.total == 7);
  BOOST_TEST(overview.seats_held.per_s == 3);
  BOOST_TEST(overview.points_charged.per_s == 500);
  BOOST_TEST(overview.points_paid.per_s == 250);
  BOOST_TEST(overview.hit_rate().value() == 0.75);
  BOOST_TEST(overview.round_trips.per_s == 10);
  BOOST_TEST(overview.slow_statements.per_s == 1);
  BOOST_TEST(overview.worker_deaths.total == 1);
}

BOOST_AUTO_TEST_CASE(workers_are_counted_as_they_are_now) {
  metrics.set_workers(4);
  metrics.take_slot(1);
  metrics.set_in_hand(3);
  const Overview overview = seen();
  BOOST_TEST(overview.workers == 4);
  BOOST_TEST(overview.workers_busy == 1);
  BOOST_TEST(overview.in_hand == 3);
}

BOOST_AUTO_TEST_CASE(the_crons_last_good_pass_has_an_age) {
  BOOST_TEST(!seen().cron_age_s);
  metrics.set_cell(cron_last_success_s, kLater_s - 3);
  metrics.set_cell(cron_last_pass_us, 1500);
  metrics.add_to_cell(cron_failed, 2);
  metrics.add_to_cell(cron_cut_short, 1);
  const Overview overview = seen();
  BOOST_TEST(overview.cron_age_s.value() == 3);
  BOOST_TEST(overview.cron_took_s == 0.0015);
  BOOST_TEST(overview.cron_failures == 3);
  // This host's clock may be behind.
  metrics.set_cell(cron_last_success_s, kLater_s + 3);
  BOOST_TEST(seen().cron_age_s.value() == 0);
}

BOOST_AUTO_TEST_CASE(a_restarted_service_has_no_negative_rates) {
  requests(0, 100, 700);
  metrics.add_to_cell(seats_sold, 100);
  remember();
  Counting restarted;
  restarted.before = before;
  restarted.requests(0, 4, 700);
  restarted.metrics.add_to_cell(seats_sold, 2);
  const Overview overview = restarted.seen();
  BOOST_TEST(overview.all.per_s == 2);
  BOOST_TEST(overview.seats_sold.per_s == 1);
  BOOST_TEST(overview.routes[0].p50_ms <= 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
