// The shipped monitoring fits the metrics that the service exports.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <regex>
#include <set>

#include "support/ops_service.h"
#include "support/stack.h"

namespace concert::test {
namespace {

// `./dev test` fetches it; Debian's, of the package prometheus.
constexpr char kPromtool[] = CONCERT_SOURCE_DIR "/build/prometheus/promtool";

Outcome promtool(const std::string& words) {
  BOOST_REQUIRE_MESSAGE(std::filesystem::exists(kPromtool),
                        kPromtool << " is not there: ./dev test fetches it");
  return run({"bash", "-c", std::string(kPromtool) + " " + words});
}

void expect_no_complaint(const Outcome& outcome) {
  BOOST_TEST(outcome.exit_code == 0, outcome.out << outcome.err);
  BOOST_TEST(outcome.err.empty(), outcome.err);
}

// All that the first group of `pattern` finds in `text`.
std::set<std::string> all_of(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

// The one that `found` has.
std::string only(const std::set<std::string>& found) {
  BOOST_REQUIRE(found.size() == 1U);
  return *found.begin();
}

const std::string kAlerts = source_text("docs/monitoring/alerts.yml");
constexpr char kTests[] = "tests/ops/monitoring/alerts_test.yml";

std::set<std::string> alert_names() { return all_of(kAlerts, R"(- alert: (\w+))"); }

// A service that has worked a little, nginx by itself too.
struct Worked {
  Worked() {
    web.get("/queue");
    web.get("/concerts");
    web.get("/" + std::string(9000, 'a'));
    service.cron();
    BOOST_TEST(eventually([&] {
      text = web.get("/metrics").body;
      return text.find("concert_cron_passes_total{outcome=\"done\"} 1\n") != std::string::npos &&
             text.find("concert_nginx_responses_total{status=\"414\"} 1\n") != std::string::npos;
    }));
  }

  Service service;
  Web web = service.web();
  std::string text;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(monitoring_test)

BOOST_FIXTURE_TEST_CASE(the_metrics_are_well_formed_and_all_that_is_asked_for, Worked) {
  write_text(service.folder() + "/metrics.txt", text);
  expect_no_complaint(promtool("check metrics <" + service.folder() + "/metrics.txt"));
  write_text(service.folder() + "/metrics.txt", text + "concert_bad_counter{ 1\n");
  BOOST_TEST(promtool("check metrics <" + service.folder() + "/metrics.txt").exit_code != 0);
  // The alarms and the dashboard use only metrics that the service exports.
  const std::string asked = kAlerts + source_text("docs/monitoring/grafana-dashboard.json");
  const auto names = all_of(asked, R"(\b(concert_\w+))");
  BOOST_TEST(names.size() > 20U);
  for (const std::string& name : names) {
    BOOST_TEST((text.find("\n# TYPE " + name + " ") != std::string::npos ||
                text.find("\n" + name + "{") != std::string::npos),
               name);
  }
  const auto labels = all_of(asked, R"(\b(concert_\w+\{\w+="\w+"))");
  BOOST_TEST(labels.size() > 3U);
  for (const std::string& sample : labels)
    BOOST_TEST(text.find("\n" + sample) != std::string::npos, sample);
  // The routes that the alarms leave out are exported by these names.
  const auto left_out = all_of(asked, R"re(\broute!~"([^"]+)")re");
  BOOST_TEST(only(left_out) == "GET /(livez|readyz|metrics)");
  for (const char* path : {"livez", "readyz", "metrics"}) {
    const std::string sample = fmt::format("concert_requests_total{{route=\"GET /{}\",", path);
    BOOST_TEST(text.find("\n" + sample) != std::string::npos, sample);
  }
}

BOOST_FIXTURE_TEST_CASE(the_alarms_are_tried_with_bounds_that_the_service_has, Worked) {
  const auto tried = all_of(source_text(kTests), R"re(\ble="([^"]+)")re");
  const auto told =
      all_of(text, R"re(\nconcert_request_duration_seconds_bucket\{.*\ble="([^"]+)")re");
  BOOST_TEST(tried.size() > 2U);
  for (const std::string& bound : tried) BOOST_TEST(told.count(bound) == 1U, bound);
  // A quantile is told apart from what an alarm compares it with only at a bound.
  const auto limits = all_of(kAlerts, R"(histogram_quantile\(.*\) > ([0-9.]+))");
  BOOST_TEST(!limits.empty());
  for (const std::string& limit : limits) BOOST_TEST(told.count(limit) == 1U, limit);
}

BOOST_AUTO_TEST_CASE(the_alarms_are_well_formed_and_each_sounds_when_it_should_and_only_then) {
  expect_no_complaint(promtool("check rules " CONCERT_SOURCE_DIR "/docs/monitoring/alerts.yml"));
  const Outcome outcome = promtool("test rules " CONCERT_SOURCE_DIR "/" + std::string(kTests));
  BOOST_TEST(outcome.exit_code == 0, outcome.out << outcome.err);
  const std::string tests = source_text(kTests);
  for (const std::string& name : alert_names()) {
    BOOST_TEST(occurrences(tests, "alertname: " + name + "\n        exp_alerts:\n          - ") > 0,
               name << " is never expected");
    // The next line is no exp_samples: none are expected.
    BOOST_TEST(occurrences(tests, "ALERTS{alertname=\"" + name +
                                      "\",alertstate=\"firing\"}[30m])'\n        eval_time: 30m\n"
                                      "      - expr: ") > 0,
               name << " is never shown to be silent");
  }
}

BOOST_AUTO_TEST_CASE(prometheus_takes_what_is_shipped_and_asks_often_enough_for_the_alarms) {
  for (const std::string file : {"prometheus.yml", "prometheus-on-the-host.yml"}) {
    const std::string path = "docs/monitoring/" + file;
    const Outcome outcome = promtool("check config " CONCERT_SOURCE_DIR "/" + path);
    expect_no_complaint(outcome);
    BOOST_TEST(outcome.out.find("1 rule files found") != std::string::npos, outcome.out);
    const std::string scrapes = source_text(path);
    const int interval_s = std::stoi(only(all_of(scrapes, R"(\bscrape_interval: (\d+)s\n)")));
    const int timeout_s = std::stoi(only(all_of(scrapes, R"(\bscrape_timeout: (\d+)s\n)")));
    constexpr int kReconnect_s = 2;
    BOOST_TEST(timeout_s > 2 * Session::kTimeout_s + kReconnect_s);
    BOOST_TEST(timeout_s <= interval_s);
    const auto ranges_min = all_of(kAlerts, R"(\[(\d+)m\])");
    BOOST_TEST(ranges_min.size() > 2U);
    for (const std::string& range : ranges_min) BOOST_TEST(std::stoi(range) * 60 >= 3 * interval_s);
    // The alarms are tried at the pace at which they will run.
    const std::string pace = R"(\bevaluation_interval: (\d+)s\n)";
    BOOST_TEST(only(all_of(scrapes, pace)) == only(all_of(source_text(kTests), pace)));
    BOOST_TEST(only(all_of(source_text(kTests), R"(\binterval: (\d+)s\n)")) ==
               std::to_string(interval_s));
    // The alarm for a service that is not scraped goes by the job's name.
    BOOST_TEST(only(all_of(kAlerts, R"re(\bjob="(\w+)")re")) ==
               only(all_of(scrapes, R"(\bjob_name: (\w+)\n)")));
  }
  BOOST_TEST(only(all_of(kAlerts, R"re(\bjob="(\w+)")re")) == "concert");
}

BOOST_AUTO_TEST_CASE(one_prometheus_watches_all_hosts_from_elsewhere_or_the_only_one_from_within) {
  const auto targets = [](const std::string& file) {
    return all_of(source_text("docs/monitoring/" + file), R"re(\n[^#\n]*"([\w.]+):80")re");
  };
  const auto all = targets("prometheus.yml");
  BOOST_TEST(all.size() > 1U);
  BOOST_TEST(all.count("127.0.0.1") == 0U);
  BOOST_TEST(only(targets("prometheus-on-the-host.yml")) == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(each_alarm_has_its_section_in_the_manual_and_no_section_is_without_one) {
  const auto names = alert_names();
  BOOST_TEST(names.size() > 10U);
  const auto sections = all_of(source_text("docs/operating.md"), R"(\n### (Concert\w+)\n)");
  BOOST_TEST(sections == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
