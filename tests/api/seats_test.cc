#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct FiveSeats {
  Stack& stack = shared_stack();
  TestUser user{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 5, 700);

  static std::string path(std::int64_t concert, std::int64_t date) {
    return fmt::format("/concerts/{}/dates/{}/seats", concert, date);
  }
  std::string seats() const { return path(concert, date); }

  // The states of all seats, as one letter each.
  std::string states(const std::string& query = "") {
    std::string letters;
    const Json::Value answer = user.get(seats() + query).json();
    int available = 0;
    for (const Json::Value& seat : answer["seats"]) {
      letters += seat["status"].asString().front();
      available += seat["status"] == "AVAILABLE" ? 1 : 0;
    }
    BOOST_TEST(answer["availableCount"].asInt() == available);
    return letters;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(seats_test, FiveSeats)

BOOST_AUTO_TEST_CASE(every_seat_is_shown_with_its_price_and_state) {
  const Json::Value answer = user.get(seats()).json();
  BOOST_TEST(answer["concertId"].asInt64() == concert);
  BOOST_TEST(answer["concertDateId"].asInt64() == date);
  BOOST_TEST(answer["availableCount"].asInt() == 5);
  int number = 0;
  for (const Json::Value& seat : answer["seats"]) {
    BOOST_TEST(seat["seatNumber"].asInt() == ++number);
    BOOST_TEST(seat["price"].asInt() == 700);
    BOOST_TEST(seat["status"].asString() == "AVAILABLE");
  }
  BOOST_TEST(number == 5);
}

BOOST_AUTO_TEST_CASE(seats_tell_the_truth_at_each_step) {
  user.charge(10000);
  const auto held = user.hold(date, {2, 4});
  BOOST_TEST(states() == "AHAHA");
  BOOST_TEST(states("?status=AVAILABLE") == "AAA");
  TestUser other(stack);
  const auto released = other.hold(date, {1});
  BOOST_TEST(states() == "HHAHA");
  other.del("/reservation/" + released.json()["reservationId"].asString());
  BOOST_TEST(states() == "AHAHA");
  user.pay(held);
  user.rejoin();
  BOOST_TEST(states() == "ASASA");
  other.hold(date, {1, 3, 5});
  BOOST_TEST(states() == "HSHSH");
  BOOST_TEST(states("?status=AVAILABLE").empty());
}

BOOST_AUTO_TEST_CASE(only_available_seats_can_be_asked_for) {
  for (const std::string& value :
       Texts{"HELD", "SOLD", "available", "", "x", "AVAILABLE%20", "AVAILABLE&status=AVAILABLE"}) {
    const auto refused = user.get(seats() + "?status=" + value);
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", value);
    BOOST_TEST(refused.json()["field"].asString() == "status");
  }
  BOOST_TEST(user.get(seats() + "?status").outcome() == "422 FIELD_INVALID");
  BOOST_TEST(user.get(seats() + "?other=HELD").outcome() == "200");
}

BOOST_AUTO_TEST_CASE(a_date_is_found_only_in_its_own_concert) {
  const auto other_concert = stack.add_concert();
  BOOST_TEST(user.get(path(other_concert, date)).outcome() == "404 DATE_NOT_FOUND");
  BOOST_TEST(user.get(path(999999999, date)).outcome() == "404 DATE_NOT_FOUND");
  BOOST_TEST(user.get(path(concert, 999999999)).outcome() == "404 DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_thousand_seats_are_shown) {
  date = stack.add_date(concert, 1000, 9007199254740);
  BOOST_TEST(states() == std::string(1000, 'A'));
}

BOOST_AUTO_TEST_CASE(a_date_that_has_begun_still_shows_its_seats) {
  stack.begin_in(date, 0);
  BOOST_TEST(user.hold(date, {1}).outcome() == "409 DATE_CLOSED");
  BOOST_TEST(user.get(seats()).outcome() == "200");
  BOOST_TEST(states() == "AAAAA");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
