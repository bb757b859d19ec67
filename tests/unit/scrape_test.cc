#include "ctl/top/scrape.h"

#include <boost/test/unit_test.hpp>

#include "base/metrics.h"

namespace concert {
namespace {

Interval between(const std::string& before, const std::string& after) {
  return {Scrape::parse(before), Scrape::parse(after), 1};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scrape_test)

BOOST_AUTO_TEST_CASE(samples_are_read_with_their_labels_and_values) {
  const Scrape scrape = Scrape::parse(
      "# HELP a Text {with=\"braces\"} 5\n# TYPE a counter\n"
      "a 3\n"
      "b{x=\"1\"} 0.25\n"
      "b{x=\"2\",y=\"GET /a{id}\"} 1e+06\n"
      "c{} -4 1790000000000\n"
      "d{x=\"a\\\"b\\\\c\\nd\",} +5");
  BOOST_TEST(scrape.value("a").value() == 3);
  BOOST_TEST(scrape.value("b", {{"x", "1"}}).value() == 0.25);
  BOOST_TEST(scrape.value("b", {{"x", "2"}, {"y", "GET /a{id}"}}).value() == 1e6);
  BOOST_TEST(scrape.value("c").value() == -4);
  BOOST_TEST(scrape.value("d", {{"x", "a\"b\\c\nd"}}).value() == 5);
  BOOST_TEST(scrape.of("b").size() == 2U);
  BOOST_TEST(!scrape.value("b"));
  BOOST_TEST(!scrape.value("b", {{"x", "2"}}));
  BOOST_TEST(!scrape.value("e"));
  BOOST_TEST(scrape.of("e").empty());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_sample_is_left_out) {
  for (const char* line : {"",
                           "\n\n",
                           "#",
                           "a",
                           "a ",
                           "a x",
                           "a 1x",
                           "a{ 1",
                           "a{x 1",
                           "a{x=1} 1",
                           "a{x=\"1} 1",
                           "a{x=\"1\" y=\"2\"} 1",
                           "a{=\"1\"} 1",
                           "a{x=\"1\"}1",
                           "a{x=\"1\\",
                           "a NaN",
                           "a +Inf",
                           "a 1e999",
                           "{\"a\": 1}",
                           "<html>",
                           "\xff\xfe 1"}) {
    BOOST_TEST(Scrape::parse(line).empty(), line);
  }
  BOOST_TEST(Scrape::parse("nonsense\na 1\nnonsense").value("a").value() == 1);
}

BOOST_AUTO_TEST_CASE(everything_that_the_service_renders_is_read) {
  Metrics metrics({"GET /a/{b}"}, {"BUSY"});
  metrics.count_request(0, 200, 700);
  metrics.count_refusal("BUSY");
  metrics.count_nginx_answer(429);
  const std::string text = metrics.render();
  const Scrape scrape = Scrape::parse(text);
  BOOST_TEST(scrape.value("concert_requests_total", {{"route", "GET /a/{b}"}, {"status", "200"}})
                 .value() == 1);
  BOOST_TEST(scrape
                 .value("concert_request_duration_seconds_bucket",
                        {{"route", "GET /a/{b}"}, {"le", "+Inf"}})
                 .value() == 1);
  std::size_t samples = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    if (text[at] == '#') continue;
    ++samples;
    const std::string name = text.substr(at, text.find_first_of("{ ", at) - at);
    BOOST_TEST(!scrape.of(name).empty(), name);
  }
  BOOST_TEST(samples > 30U);
}

BOOST_AUTO_TEST_CASE(growth_is_the_sum_over_all_counters) {
  const Interval interval =
      between("a{x=\"1\",y=\"1\"} 10\na{x=\"1\",y=\"2\"} 20\na{x=\"2\",y=\"1\"} 5\n",
              "a{x=\"1\",y=\"1\"} 11\na{x=\"1\",y=\"2\"} 23\na{x=\"2\",y=\"1\"} 5\n");
  BOOST_TEST(interval.growth("a") == 4);
  BOOST_TEST(interval.growth("a", {{"y", "1"}}) == 1);
  BOOST_TEST(interval.growth("nothing") == 0);
  const std::map<std::string, double> by_x{{"1", 4}, {"2", 0}};
  BOOST_CHECK((interval.growth_by("a", "x") == by_x));
  const std::map<std::string, double> by_x_of_2{{"1", 3}};
  BOOST_CHECK((interval.growth_by("a", "x", {{"y", "2"}}) == by_x_of_2));
  BOOST_TEST(interval.growth_by("a", "z").empty());
}

BOOST_AUTO_TEST_CASE(a_new_counter_has_grown_from_0) {
  BOOST_TEST(between("", "a 7\n").growth("a") == 7);
}

BOOST_AUTO_TEST_CASE(a_counter_that_has_shrunk_was_reset) {
  BOOST_TEST(
      between("a{x=\"1\"} 100\na{x=\"2\"} 1\n", "a{x=\"1\"} 3\na{x=\"2\"} 2\n").growth("a") == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
