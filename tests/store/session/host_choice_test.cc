#include "store/session/host_choice.h"

#include <boost/test/unit_test.hpp>

namespace concert::test {
namespace {

struct Choice : HostChoice {
  // How many looks in a row must find the first host ready before it is in force.
  int looks_until_back() {
    int looks = 1;
    while (!saw_ready(0)) ++looks;
    return looks;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_choice_test, Choice)

BOOST_AUTO_TEST_CASE(the_first_host_is_in_force_until_it_is_left) {
  BOOST_TEST(host() == 0U);
  leave_for(0, 1);
  BOOST_TEST(host() == 1U);
}

BOOST_AUTO_TEST_CASE(one_session_looks_at_a_time) {
  BOOST_TEST(claim_look() == 1);
  BOOST_TEST(claim_look() == 0);
  postpone_look(0);
  BOOST_TEST(claim_look() == 2);
  postpone_look(60'000);
  BOOST_TEST(claim_look() == 0);
}

BOOST_AUTO_TEST_CASE(a_host_is_gone_back_to_when_it_was_ready_several_times_in_a_row) {
  leave_for(0, 1);
  BOOST_TEST(!saw_ready(0));
  BOOST_TEST(!saw_ready(0));
  saw_none_ready();
  BOOST_TEST(host() == 1U);
  BOOST_TEST(looks_until_back() == kFirstLooks);
  BOOST_TEST(host() == 0U);
}

BOOST_AUTO_TEST_CASE(a_host_that_comes_and_goes_must_be_ready_for_longer_each_time) {
  int wanted = kFirstLooks;
  for (int i = 0; i < 10; ++i) {
    leave_for(0, 1);
    BOOST_TEST(looks_until_back() == wanted);
    wanted = wanted * 2 < kMostLooks ? wanted * 2 : kMostLooks;
  }
}

// One that was on its way to the host that all others have left meanwhile.
BOOST_AUTO_TEST_CASE(a_session_that_is_late_takes_nobody_along) {
  leave_for(0, 1);
  BOOST_TEST(looks_until_back() == kFirstLooks);
  leave_for(1, 1);
  BOOST_TEST(host() == 0U);
  leave_for(1, 2);
  BOOST_TEST(host() == 0U);
  leave_for(0, 1);
  BOOST_TEST(looks_until_back() == 2 * kFirstLooks);
}

BOOST_AUTO_TEST_CASE(looks_that_see_writes_split_are_counted_while_they_do) {
  BOOST_TEST(saw_split(true) == 1);
  BOOST_TEST(saw_split(true) == 2);
  BOOST_TEST(saw_split(false) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
