// What the benchmarks fill a database with is what the service would have written.
#include <boost/test/unit_test.hpp>

#include "bench/fill.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct Filled : OneDateOfFiftySeats {
  std::int64_t count(const char* rows) {
    return services->number(std::string("SELECT COUNT(*) FROM ") + rows);
  }

  TokenText text{backend().settings.token_key};
  bench::Fill fill{app().backend, text};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bench_fill_test, Filled)

BOOST_AUTO_TEST_CASE(users_seats_and_holds_fit_the_schema_and_break_no_rule) {
  const auto free = count("seat");
  BOOST_TEST(fill.seats(60).size() == 60U);
  BOOST_TEST(count("seat") >= free + 60);
  BOOST_TEST(fill.active(10, 500).size() == 10U);
  BOOST_TEST(fill.holding(10).size() == 10U);
  BOOST_TEST(count("token WHERE state = 'ACTIVE'") == 20);
  BOOST_TEST(count("seat WHERE state = 'HELD'") == 10);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_queue_fits_the_schema_and_breaks_no_rule) {
  BOOST_TEST(fill.waiting(100, 50).size() == 98U);
  BOOST_TEST(count("token WHERE state = 'WAITING'") == 98);
  BOOST_TEST(services->breaches() == "");
  fill.empty_queue();
  BOOST_TEST(count("token WHERE state = 'WAITING'") == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(years_of_sales_fit_the_schema_and_break_no_rule) {
  fill.history(200, 60);
  BOOST_TEST(count("reservation WHERE state = 'PAID'") == 60);
  BOOST_TEST(fill.veterans(5).size() == 5U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
