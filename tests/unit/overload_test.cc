#include "http/overload.h"

#include <boost/test/unit_test.hpp>

namespace concert::test {
namespace {

constexpr std::int64_t kSoon = Overload::kLong_ms;
constexpr std::int64_t kLate = Overload::kTooLong_ms + 1;

struct Worker {
  // One request every ten milliseconds for `time_ms`. Returns how many were shed.
  int serve_for(std::int64_t time_ms, std::int64_t waited_ms) {
    int shed = 0;
    for (const std::int64_t end = now_ms + time_ms; now_ms < end; now_ms += 10)
      shed += overload.sheds(now_ms, waited_ms) ? 1 : 0;
    return shed;
  }
  void be_overloaded() { serve_for(Overload::kOverloadAfter_ms + 20, kLate); }

  Overload overload;
  std::int64_t now_ms = 1'000'000;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(overload_test, Worker)

BOOST_AUTO_TEST_CASE(a_burst_is_served) {
  BOOST_TEST(serve_for(Overload::kOverloadAfter_ms, kLate) == 0);
}

BOOST_AUTO_TEST_CASE(a_busy_hour_is_no_overload) {
  BOOST_TEST(serve_for(Overload::kOverloadAfter_ms * 10, Overload::kTooLong_ms) == 0);
}

BOOST_AUTO_TEST_CASE(when_all_requests_wait_too_long_for_seconds_they_are_shed) {
  be_overloaded();
  BOOST_TEST(serve_for(1000, kLate) == 100);
  BOOST_TEST(serve_for(1000, Overload::kLong_ms + 1) == 100);
}

BOOST_AUTO_TEST_CASE(a_request_that_has_not_waited_long_is_served_all_the_same) {
  be_overloaded();
  BOOST_TEST(serve_for(1000, kSoon) == 0);
}

BOOST_AUTO_TEST_CASE(while_some_requests_are_served_soon_none_is_shed) {
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(serve_for(1000, kLate) == 0);
    BOOST_TEST(serve_for(10, kSoon) == 0);
  }
}

BOOST_AUTO_TEST_CASE(one_long_wait_after_a_silence_is_no_overload) {
  serve_for(1000, kLate);
  now_ms += Overload::kOverloadAfter_ms * 2;
  BOOST_TEST(serve_for(10, kLate) == 0);
}

BOOST_AUTO_TEST_CASE(it_goes_on_while_some_wait_long_and_ends_a_second_after_the_last) {
  be_overloaded();
  serve_for(500, kSoon);
  BOOST_TEST(serve_for(10, kLate) == 1);
  serve_for(Overload::kCalm_ms + 20, kSoon);
  BOOST_TEST(serve_for(10, kLate) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
