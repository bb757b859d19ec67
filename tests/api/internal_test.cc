#include <boost/test/unit_test.hpp>
#include <regex>
#include <sstream>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OwnStack {
  static Stack& only_stack() {
    static Stack stack;
    return stack;
  }
  Stack& stack = only_stack();
  HttpClient client = stack.client();

  // The value of a metric, with its labels; 0 if it is absent.
  double metric(const std::string& name) {
    const std::string text = "\n" + client.send({"GET", "/metrics"}).body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(internal_test, OwnStack)

BOOST_AUTO_TEST_CASE(a_running_service_is_live_and_ready) {
  BOOST_TEST(client.send({"GET", "/livez"}).outcome() == "200");
  BOOST_TEST(client.send({"GET", "/readyz"}).outcome() == "200");
}

BOOST_AUTO_TEST_CASE(metrics_count_requests_by_route_and_status_over_all_workers) {
  const Texts names{R"(concert_requests_total{route="GET /queue",status="200"})",
                    R"(concert_request_duration_seconds_count{route="GET /queue"})",
                    R"(concert_request_duration_seconds_bucket{route="GET /queue",le="+Inf"})"};
  for (const std::string& name : names) {
    const double before = metric(name);
    for (int i = 0; i < 30; ++i) client.send({"GET", "/queue"});
    BOOST_TEST(metric(name) == before + 30, name);
  }
  const std::string refused = R"(concert_requests_total{route="GET /concerts",status="401"})";
  const double before = metric(refused);
  client.send({"GET", "/concerts"});
  BOOST_TEST(metric(refused) == before + 1);
}

BOOST_AUTO_TEST_CASE(metrics_tell_the_state_of_the_queue) {
  const TestUser inside(stack);
  stack.ctl({"queue", "pause"});
  const TestUser first(stack), second(stack);
  BOOST_TEST(metric(R"(concert_queue_users{state="active",queue="1"})") == 1);
  BOOST_TEST(metric(R"(concert_queue_users{state="waiting",queue="1"})") == 2);
  BOOST_TEST(metric(R"(concert_queue_paused{queue="1"})") == 1);
  BOOST_TEST(metric("concert_database_up") == 1);
}

BOOST_AUTO_TEST_CASE(metrics_are_in_the_prometheus_text_format) {
  const auto answer = client.send({"GET", "/metrics"});
  BOOST_TEST(answer.header("content-type").rfind("text/plain; version=0.0.4", 0) == 0U);
  const std::regex line(R"(#.*|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+)");
  std::istringstream lines(answer.body);
  for (std::string text; std::getline(lines, text);) {
    BOOST_TEST(std::regex_match(text, line), text);
  }
  for (const std::string& name : Texts{"concert_database_errors_total",
                                       "concert_cache_errors_total", "concert_queue_users"}) {
    BOOST_TEST(answer.body.find("# TYPE " + name) != std::string::npos, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
