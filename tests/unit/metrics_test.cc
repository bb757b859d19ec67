#include "base/metrics.h"

#include <boost/test/unit_test.hpp>

#include "support/process.h"

namespace concert {
namespace {

bool prints(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_test)

BOOST_AUTO_TEST_CASE(requests_are_counted_by_route_and_status) {
  Metrics metrics({"GET /queue", "POST /token"});
  metrics.count_request(0, 200, 10);
  metrics.count_request(0, 200, 10);
  metrics.count_request(1, 201, 10);
  metrics.count_request(1, 299, 10);
  const std::string text = metrics.render();
  BOOST_TEST(prints(text, "concert_requests_total{route=\"GET /queue\",status=\"200\"} 2\n"));
  BOOST_TEST(prints(text, "concert_requests_total{route=\"POST /token\",status=\"201\"} 1\n"));
  BOOST_TEST(prints(text, "concert_requests_total{route=\"POST /token\",status=\"other\"} 1\n"));
  BOOST_TEST(!prints(text, "route=\"GET /queue\",status=\"404\""));
}

BOOST_AUTO_TEST_CASE(series_of_alarms_are_shown_from_the_start_and_others_once_they_count) {
  Metrics metrics({"GET /queue", "POST /token"}, {"BUSY"});
  const std::string text = metrics.render();
  for (const char* route : {"GET /queue", "POST /token"}) {
    const std::string of_route = std::string("{route=\"") + route + "\"";
    for (const char* status : {"500", "503"}) {
      BOOST_TEST(
          prints(text, "\nconcert_requests_total" + of_route + ",status=\"" + status + "\"} 0\n"));
    }
    BOOST_TEST(prints(text, "\nconcert_request_duration_seconds_count" + of_route + "} 0\n"));
  }
  for (const char* status : {"429", "500", "502", "503", "504"}) {
    const std::string sample = std::string("\nconcert_nginx_responses_total{status=\"") + status;
    BOOST_TEST(prints(text, sample + "\"} 0\n"), status);
  }
  BOOST_TEST(prints(text, "\nconcert_refusals_total{code=\"BUSY\"} 0\n"));
  for (const char* counter : {"worker_deaths", "transaction_retries", "cache_errors"})
    BOOST_TEST(prints(text, std::string("\nconcert_") + counter + "_total 0\n"), counter);
  for (const char* status : {"200", "404", "499", "other"})
    BOOST_TEST(!prints(text, std::string("status=\"") + status + "\""), status);
}

BOOST_AUTO_TEST_CASE(every_status_of_the_api_has_a_series) {
  Metrics metrics({"route"});
  for (const int status : Metrics::kStatuses) metrics.count_request(0, status, 1);
  const std::string text = metrics.render();
  for (const int status : Metrics::kStatuses) {
    BOOST_TEST(prints(text, "status=\"" + std::to_string(status) + "\"} 1\n"), status);
  }
  BOOST_TEST(!prints(text, "status=\"other\""));
}

BOOST_AUTO_TEST_CASE(durations_fall_into_cumulative_buckets) {
  Metrics metrics({"route"});
  metrics.count_request(0, 200, 500);         // on the bound of the first
  metrics.count_request(0, 200, 501);         // just past it
  metrics.count_request(0, 200, 60'000'000);  // past them all
  const std::string text = metrics.render();
  BOOST_TEST(
      prints(text, "concert_request_duration_seconds_bucket{route=\"route\",le=\"0.0005\"} 1\n"));
  BOOST_TEST(
      prints(text, "concert_request_duration_seconds_bucket{route=\"route\",le=\"0.001\"} 2\n"));
  BOOST_TEST(
      prints(text, "concert_request_duration_seconds_bucket{route=\"route\",le=\"10\"} 2\n"));
  BOOST_TEST(
      prints(text, "concert_request_duration_seconds_bucket{route=\"route\",le=\"+Inf\"} 3\n"));
  BOOST_TEST(prints(text, "concert_request_duration_seconds_count{route=\"route\"} 3\n"));
  BOOST_TEST(prints(text, "concert_request_duration_seconds_sum{route=\"route\"} 60.001001\n"));
}

BOOST_AUTO_TEST_CASE(each_family_is_described_once_before_its_samples) {
  Metrics metrics({"a", "b"});
  metrics.count_request(0, 200, 1);
  metrics.count_request(1, 200, 1);
  const std::string text = metrics.render();
  for (const char* family : {"concert_requests_total", "concert_request_duration_seconds",
                             "concert_cache_errors_total", "concert_database_errors_total"}) {
    const std::string type = std::string("# TYPE ") + family + " ";
    const auto first = text.find(type);
    BOOST_TEST(first != std::string::npos, family);
    BOOST_TEST(text.find(type, first + 1) == std::string::npos, family);
    BOOST_TEST(text.find(std::string("\n") + family) > first, family);
  }
  BOOST_TEST(text.back() == '\n');
}

BOOST_AUTO_TEST_CASE(counts_of_forked_workers_are_shared) {
  Metrics metrics({"route"});
  constexpr int kWorkers = 8;
  constexpr int kEach = 1000;
  test::in_parallel(kWorkers, [&](int) {
    for (int i = 0; i < kEach; ++i) {
      metrics.add(Metrics::cache_hits);
      metrics.count_request(0, 200, 10);
    }
    return 0;
  });
  BOOST_TEST(metrics.value(Metrics::cache_hits) == 8000U);
  BOOST_TEST(
      prints(metrics.render(), "concert_requests_total{route=\"route\",status=\"200\"} 8000\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
