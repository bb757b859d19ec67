#include "report/cron_report.h"

#include <boost/test/unit_test.hpp>

#include "report/counters.h"
#include "worker/report_socket.h"

namespace concert {
namespace {

struct Heard {
  Metrics metrics{{}, {}, counted_cells()};
  CronReport report{PassOutcome::done, 1500, 1790000000, {3, 4, 5, 6, 7}};

  bool shows(const std::string& line) const {
    return metrics.render().find("\n" + line + "\n") != std::string::npos;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cron_report_test, Heard)

BOOST_AUTO_TEST_CASE(the_report_of_a_pass_is_counted) {
  BOOST_TEST(count_report(to_text(report), metrics));
  BOOST_TEST(shows("concert_cron_passes_total{outcome=\"done\"} 1"));
  BOOST_TEST(shows("concert_cron_last_pass_duration_seconds 0.0015"));
  BOOST_TEST(shows("concert_cron_last_success_timestamp_seconds 1790000000"));
  BOOST_TEST(shows("concert_cron_admitted_total 6"));
  BOOST_TEST(shows("concert_cron_expired_total{kind=\"hold\"} 3"));
  BOOST_TEST(shows("concert_cron_pruned_total 7"));
}

BOOST_AUTO_TEST_CASE(the_line_of_a_pass_says_one_and_many) {
  BOOST_TEST(describe(report.did) ==
             "admitted 6; expired 3 holds, 4 active tokens and 5 waiting tokens; pruned 7 rows.");
  BOOST_TEST(describe({1, 1, 1, 1, 1}) ==
             "admitted 1; expired 1 hold, 1 active token and 1 waiting token; pruned 1 row.");
}

BOOST_AUTO_TEST_CASE(a_pass_that_failed_is_no_success) {
  report.outcome = PassOutcome::cut_short;
  BOOST_TEST(count_report(to_text(report), metrics));
  BOOST_TEST(shows("concert_cron_passes_total{outcome=\"cut_short\"} 1"));
  BOOST_TEST(shows("concert_cron_last_success_timestamp_seconds 0"));
}

BOOST_AUTO_TEST_CASE(a_pass_on_the_copy_of_the_configuration_is_counted) {
  BOOST_TEST(shows("concert_cron_kept_configuration_passes_total 0"));
  BOOST_TEST(count_report(kKeptConfigurationReport, metrics));
  BOOST_TEST(shows("concert_cron_kept_configuration_passes_total 1"));
  BOOST_TEST(!count_report(std::string(kKeptConfigurationReport) + " 1", metrics));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_report_is_not_counted) {
  const std::string good = to_text(report);
  for (const std::string& text : {std::string(), std::string("cron"), good + " 1", good + " ",
                                  good.substr(0, good.size() - 2), "cron 3" + good.substr(6),
                                  "cron -1" + good.substr(6), "cronx" + good.substr(4)}) {
    BOOST_TEST(!count_report(text, metrics), text);
  }
  BOOST_TEST(shows("concert_cron_passes_total{outcome=\"done\"} 0"));
}

BOOST_AUTO_TEST_CASE(what_nginx_answers_by_itself_is_counted_by_status) {
  ReportSocket reports(-1, "/nowhere/events.sock", "", metrics);
  BOOST_TEST(reports.fd() >= 0);
  reports.count("<190>Nov 25 11:08:17 concert: 429");
  reports.count("<190>Nov 25 11:08:17 concert: 429");
  reports.count("<190>Nov 25 11:08:17 concert: 200");
  reports.count("<190>Nov 25 11:08:17 concert: 429 and more");
  reports.count("nonsense");
  BOOST_TEST(shows("concert_nginx_responses_total{status=\"429\"} 2"));
  BOOST_TEST(metrics.value(Metrics::reports_malformed) == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
