#include "domain/queue_limits.h"

#include <boost/test/unit_test.hpp>

namespace concert::test {
namespace {

constexpr AdmissionRate kRate{952, 1};
constexpr Instant kBegin{1'700'000'000'000};

// One pass: admits all that it may. Returns how many.
std::int64_t admit_all(AdmissionCredit& credit, const AdmissionRate& rate, Instant now) {
  credit = accrued(credit, rate, now);
  const std::int64_t users = whole_users(credit, rate);
  credit = spent(credit, rate, users);
  return users;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(queue_limits_test)

BOOST_AUTO_TEST_CASE(the_first_pass_of_all_has_a_whole_intervals_credit) {
  AdmissionCredit credit;
  BOOST_TEST(admit_all(credit, kRate, kBegin) == 952);
  BOOST_TEST(admit_all(credit, kRate, kBegin) == 0);
}

BOOST_AUTO_TEST_CASE(passes_that_come_early_lose_nothing) {
  for (const std::int64_t apart_ms : {1, 7, 333, 990, 999, 1000}) {
    AdmissionCredit credit;
    admit_all(credit, kRate, kBegin);
    std::int64_t admitted = 0;
    for (int pass = 1; pass <= 1000; ++pass)
      admitted += admit_all(credit, kRate, kBegin + pass * apart_ms);
    BOOST_TEST(admitted == 952 * apart_ms, apart_ms);
  }
}

BOOST_AUTO_TEST_CASE(a_rate_of_less_than_one_user_a_pass_is_kept) {
  const AdmissionRate rate{1, 3600};
  AdmissionCredit credit;
  admit_all(credit, rate, kBegin);
  std::int64_t admitted = 0;
  for (int pass = 1; pass <= 7200; ++pass)
    admitted += admit_all(credit, rate, kBegin + pass * 1000);
  BOOST_TEST(admitted == 2);
}

BOOST_AUTO_TEST_CASE(credit_is_never_more_than_one_intervals_worth) {
  AdmissionCredit credit;
  admit_all(credit, kRate, kBegin);
  BOOST_TEST(admit_all(credit, kRate, kBegin + 500) == 476);
  BOOST_TEST(admit_all(credit, kRate, kBegin + 86'400'000) == 952);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_costs_what_accrued_meanwhile_and_no_more) {
  AdmissionCredit credit;
  admit_all(credit, kRate, kBegin);
  BOOST_TEST(admit_all(credit, kRate, kBegin + -3'600'000) == 0);
  BOOST_TEST(admit_all(credit, kRate, kBegin + -3'599'500) == 476);
}

BOOST_AUTO_TEST_CASE(a_lower_rate_caps_what_is_left_of_a_higher_one) {
  const AdmissionCredit credit{952'000, kBegin};
  BOOST_TEST(whole_users(accrued(credit, {10, 1}, kBegin), {10, 1}) == 10);
  BOOST_TEST(whole_users(accrued(credit, {5000, 1}, kBegin), {5000, 1}) == 952);
}

BOOST_AUTO_TEST_CASE(the_greatest_rate_and_interval_fit) {
  const AdmissionRate rate{1'000'000'000, 86'400};
  AdmissionCredit credit;
  BOOST_TEST(admit_all(credit, rate, kBegin) == 1'000'000'000);
  BOOST_TEST(admit_all(credit, rate, kBegin + 86'400'000LL * 400) == 1'000'000'000);
  const AdmissionCredit full = accrued(AdmissionCredit{}, rate, kBegin);
  BOOST_TEST(whole_users(accrued(full, rate, kBegin + 86'400'000), rate) == 1'000'000'000);
}

BOOST_AUTO_TEST_CASE(each_limit_that_an_administrator_set_beats_that_of_the_file) {
  const LimitsInForce file{1000, {952, 1}};
  const auto in_force = [&](const QueueLimits& set) {
    const LimitsInForce limits = set.in_force(file);
    BOOST_TEST(limits.rate.interval_s == 1);
    return std::pair{limits.active_limit, limits.rate.per_interval};
  };
  BOOST_CHECK(in_force({}) == std::pair(1000L, 952L));
  BOOST_CHECK(in_force({7, std::nullopt}) == std::pair(7L, 952L));
  BOOST_CHECK(in_force({std::nullopt, 8}) == std::pair(1000L, 8L));
  BOOST_CHECK(in_force({7, 8}) == std::pair(7L, 8L));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
