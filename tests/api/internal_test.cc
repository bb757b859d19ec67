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

BOOST_AUTO_TEST_CASE(metrics_tell_a_queue_that_does_not_admit_yet) {
  const std::string queue =
      std::to_string(stack.ctl({"queue", "add", "--name", "Winter Journey"})["queueId"].asInt64());
  const std::string is_open = "concert_queue_open{queue=\"" + queue + "\"}";
  BOOST_TEST(metric(is_open) == 1);
  stack.ctl({"queue", "open-at", "--queue", queue, "--at", time_from_now(3600)});
  BOOST_TEST(client.send({"GET", "/metrics"}).body.find("\n" + is_open + " 0\n") !=
             std::string::npos);
  BOOST_TEST(metric(R"(concert_queue_open{queue="1"})") == 1);
  Session database = stack.database();
  database.execute(
      "UPDATE queue SET register_from = NOW(3), register_until = NOW(3), opens_at = NOW(3), "
      "entries = 0, drawn_at = NOW(3) WHERE queue_id = ?",
      {std::stol(queue)});
  BOOST_TEST(metric(is_open) == 1);
}

BOOST_AUTO_TEST_CASE(the_active_limit_in_the_metrics_is_the_one_that_admits) {
  const std::string limit = R"(concert_queue_active_limit{queue="1"})";
  Session database = stack.database();
  BOOST_TEST(metric(limit) == 1000);
  for (const auto& [share, admits] : {std::pair{2, 2}, {0, 0}, {5000, 1000}}) {
    database.execute("UPDATE queue SET active_share = ? WHERE queue_id = 1", {share});
    BOOST_TEST(metric(limit) == admits, share);
  }
  database.execute("UPDATE queue SET active_share = NULL WHERE queue_id = 1", {});
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
