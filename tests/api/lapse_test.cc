#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

// Holds here lapse after three seconds.
struct ShortHolds {
  static Stack& short_stack() {
    static Stack stack{{"hold_seconds", "3"}};
    return stack;
  }
  Stack& stack = short_stack();
  TestUser user{stack};
  TestUser other{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 10, 300);

  int available() {
    return other.get(fmt::format("/concerts/{}/dates/{}/seats", concert, date))
        .json()["availableCount"]
        .asInt();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lapse_test, ShortHolds)

BOOST_AUTO_TEST_CASE(a_hold_lapses_by_itself_and_its_seats_are_free_at_once) {
  user.charge(1000);
  const auto held = user.hold(date, {1, 2});
  BOOST_TEST(held.json()["heldUntil"].asString() < time_from_now(4));
  BOOST_TEST(available() == 8);
  BOOST_TEST(eventually([&] { return available() == 10; }));
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "EXPIRED");
  BOOST_TEST(user.pay(held).outcome() == "410 HOLD_EXPIRED");
  const auto taken = other.hold(date, {2, 3});
  BOOST_TEST(taken.outcome() == "201");
  BOOST_TEST(user.pay(held).outcome() == "410 HOLD_EXPIRED");
  // Releasing a lapsed hold takes nothing from the next holder of the seat.
  BOOST_TEST(user.del(path_of(held)).outcome() == "204");
  BOOST_TEST(available() <= 10);
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "EXPIRED");
  BOOST_TEST(user.balance() == 1000);
}

BOOST_AUTO_TEST_CASE(lapsed_holds_do_not_count_towards_the_limit) {
  BOOST_TEST(user.hold(date, {1, 2, 3, 4}).outcome() == "201");
  BOOST_TEST(user.hold(date, {5}).outcome() == "409 SEAT_LIMIT");
  BOOST_TEST(eventually([&] { return available() == 10; }));
  BOOST_TEST(user.hold(date, {4, 5, 6, 7}).outcome() == "201");
}

BOOST_AUTO_TEST_CASE(the_cron_changes_nothing_that_a_user_sees_after_a_lapse) {
  user.charge(1000);
  const auto held = user.hold(date, {1, 2});
  BOOST_TEST(eventually([&] { return available() == 10; }));
  const Json::Value before = user.get(path_of(held)).json();
  stack.cron();
  BOOST_TEST(user.get(path_of(held)).json() == before);
  BOOST_TEST(available() == 10);
  BOOST_TEST(user.pay(held).outcome() == "410 HOLD_EXPIRED");
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
