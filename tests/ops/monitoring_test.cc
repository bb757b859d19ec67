// What is shipped to watch the service fits what the service tells.
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

const std::string kAlerts = source_text("docs/monitoring/alerts.yml");

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

BOOST_FIXTURE_TEST_CASE(what_the_service_tells_is_well_formed_and_all_that_is_asked_for, Worked) {
  write_text(service.folder() + "/metrics.txt", text);
  expect_no_complaint(promtool("check metrics <" + service.folder() + "/metrics.txt"));
  write_text(service.folder() + "/metrics.txt", text + "concert_bad_counter{ 1\n");
  BOOST_TEST(promtool("check metrics <" + service.folder() + "/metrics.txt").exit_code != 0);
  // The alarms and the dashboard ask for nothing that is not told.
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
}

BOOST_FIXTURE_TEST_CASE(the_alarms_are_tried_with_bounds_that_the_service_has, Worked) {
  const auto tried =
      all_of(source_text("tests/ops/monitoring/alerts_test.yml"), R"re(\ble="([^"]+)")re");
  const auto told =
      all_of(text, R"re(\nconcert_request_duration_seconds_bucket\{.*\ble="([^"]+)")re");
  BOOST_TEST(tried.size() > 2U);
  for (const std::string& bound : tried) BOOST_TEST(told.count(bound) == 1U, bound);
  // A quantile is told apart from what an alarm compares it with at a bound alone.
  const auto limits = all_of(kAlerts, R"(histogram_quantile\(.*\) > ([0-9.]+))");
  BOOST_TEST(!limits.empty());
  for (const std::string& limit : limits) BOOST_TEST(told.count(limit) == 1U, limit);
}

BOOST_AUTO_TEST_CASE(the_alarms_are_well_formed_and_each_sounds_when_it_should_and_only_then) {
  expect_no_complaint(promtool("check rules " CONCERT_SOURCE_DIR "/docs/monitoring/alerts.yml"));
  const std::string tests = "tests/ops/monitoring/alerts_test.yml";
  const Outcome outcome = promtool("test rules " CONCERT_SOURCE_DIR "/" + tests);
  BOOST_TEST(outcome.exit_code == 0, outcome.out << outcome.err);
  for (const std::string& name : alert_names()) {
    // In the world where all is wrong, and in the one where nothing is.
    const std::string at_the_end = "eval_time: 10m\n        alertname: " + name + "\n";
    BOOST_TEST(occurrences(source_text(tests), at_the_end) == 2, name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_scraped_is_waited_for_and_comes_often_enough_for_the_alarms) {
  const std::string scrapes = source_text("docs/monitoring/prometheus.yml");
  const auto only = [](const std::set<std::string>& found) {
    BOOST_REQUIRE(found.size() == 1U);
    return *found.begin();
  };
  const int interval_s = std::stoi(only(all_of(scrapes, R"(\bscrape_interval: (\d+)s\n)")));
  const int timeout_s = std::stoi(only(all_of(scrapes, R"(\bscrape_timeout: (\d+)s\n)")));
  constexpr int kReconnect_s = 2;
  BOOST_TEST(timeout_s > 2 * Session::kPatience_s + kReconnect_s);
  BOOST_TEST(timeout_s <= interval_s);
  const auto ranges_min = all_of(kAlerts, R"(\[(\d+)m\])");
  BOOST_TEST(ranges_min.size() > 2U);
  for (const std::string& range : ranges_min) BOOST_TEST(std::stoi(range) * 60 >= 3 * interval_s);
  // The alarm for a service that is not scraped goes by the job's name.
  const auto jobs = all_of(kAlerts, R"re(\bjob="(\w+)")re");
  BOOST_TEST(only(jobs) == only(all_of(scrapes, R"(\bjob_name: (\w+)\n)")));
  BOOST_TEST(only(jobs) == "concert");
}

BOOST_AUTO_TEST_CASE(each_alarm_has_its_section_in_the_manual_and_no_section_is_without_one) {
  const auto names = alert_names();
  BOOST_TEST(names.size() > 10U);
  const auto sections = all_of(source_text("docs/operating.md"), R"(\n### (Concert\w+)\n)");
  BOOST_TEST(sections == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
