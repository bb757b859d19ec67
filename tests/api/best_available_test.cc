#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneDateToChooseFrom {
  Stack& stack = shared_stack();
  TestUser user{stack};
  TestUser other{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 10, 700);

  // Asks for seats by the JSON text of `bestAvailable`.
  HttpResponse choose(const std::string& wish, const Headers& headers = {}) {
    return user.post("/reservation",
                     fmt::format(R"({{"concertDateId": {}, "bestAvailable": {}}})", date, wish),
                     headers);
  }
  std::string seats_of(const std::string& wish) {
    return compact(choose(wish).json()["seatNumbers"]);
  }
  // Takes seats from sale.
  void block(const std::string& seats) {
    stack.ctl({"seat", "block", "--date", std::to_string(date), "--seats", seats, "--why", "full"});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(best_available_test, OneDateToChooseFrom)

BOOST_AUTO_TEST_CASE(the_lowest_numbers_side_by_side_are_held) {
  const auto held = choose(R"({"count": 2})");
  BOOST_TEST(held.outcome() == "201");
  BOOST_TEST(held.json()["status"].asString() == "HELD");
  BOOST_TEST(compact(held.json()["seatNumbers"]) == "[1,2]");
  BOOST_TEST(held.json()["totalPrice"].asInt() == 1400);
  BOOST_TEST(held.json()["seats"][1]["label"].asString() == "2");
  BOOST_TEST(user.get(path_of(held)).json() == held.json());
  user.charge(10000);
  BOOST_TEST(user.pay(held).outcome() == "200");
  user.rejoin();
  BOOST_TEST(seats_of(R"({"count": 1})") == "[3]");
}

BOOST_AUTO_TEST_CASE(no_single_seat_is_left_alone) {
  block("4,7-10");  // 1 to 3, and 5 and 6 are left
  BOOST_TEST(seats_of(R"({"count": 2})") == "[5,6]");
  BOOST_TEST(seats_of(R"({"count": 2})") == "[1,2]");  // where it cannot be helped
}

BOOST_AUTO_TEST_CASE(where_no_row_has_so_many_the_most_is_told) {
  block("3,7");
  const auto refused = choose(R"({"count": 4})");
  BOOST_TEST(refused.outcome() == "409 NOT_TOGETHER");
  BOOST_TEST(refused.json()["largest"].asInt() == 3);
  BOOST_TEST(refused.json()["detail"].asString() ==
             "4 seats side by side are not available; at most 3 are.");
  BOOST_TEST(!refused.json().isMember("seats"));
  const auto accessible = choose(R"({"count": 1, "accessible": true})");
  BOOST_TEST(accessible.outcome() == "409 NOT_TOGETHER");
  BOOST_TEST(accessible.json()["largest"].asInt() == 0);
  BOOST_TEST(accessible.json()["detail"].asString() ==
             "No accessible seat that matches your request is available.");
  block("1-2,4-6,8-10");
  const auto full = choose(R"({"count": 1})");
  BOOST_TEST(full.outcome() == "409 SEAT_UNAVAILABLE");
  BOOST_TEST(full.json()["seats"].isArray());
  BOOST_TEST(full.json()["seats"].empty());
}

BOOST_AUTO_TEST_CASE(a_date_without_a_layout_has_no_sections_and_categories) {
  for (const char* name : {"section", "category"}) {
    const auto refused = choose(fmt::format(R"({{"count": 1, "{}": "101"}})", name));
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID");
    BOOST_TEST(refused.json()["field"].asString() == name);
  }
}

BOOST_AUTO_TEST_CASE(a_wish_is_refused_by_its_form_first_and_then_as_any_hold) {
  BOOST_TEST(choose("{}").json()["field"].asString() == "count");
  BOOST_TEST(choose("3").json()["field"].asString() == "bestAvailable");
  const auto both = user.post(
      "/reservation",
      fmt::format(R"({{"concertDateId": {}, "bestAvailable": {{"count": 1}}, "seatNumber": 1}})",
                  date));
  BOOST_TEST(both.outcome() == "422 FIELD_INVALID");
  BOOST_TEST(choose(R"({"count": 5})").outcome() == "409 SEAT_LIMIT");
  BOOST_TEST(choose(R"({"count": 4})").outcome() == "201");
  BOOST_TEST(choose(R"({"count": 1})").outcome() == "409 SEAT_LIMIT");
  const std::string id = std::to_string(date);
  stack.ctl({"date", "stop", "--date", id, "--why", "a mistake"});
  BOOST_TEST(choose(R"({"count": 5})").outcome() == "409 DATE_CLOSED");
  date = 999999999;
  BOOST_TEST(choose(R"({"count": 5, "section": "101"})").outcome() == "404 DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_wish_that_is_sent_again_with_its_key_takes_no_further_seats) {
  const Headers key{{"Idempotency-Key", "best"}};
  const auto held = choose(R"({"count": 2})", key);
  BOOST_TEST(held.outcome() == "201");
  const auto again = choose(R"({"count": 2})", key);
  BOOST_TEST(again.body == held.body);
  BOOST_TEST(again.header("idempotent-replayed") == "true");
  BOOST_TEST(choose(R"({"count": 1})", key).outcome() == "422 IDEMPOTENCY_KEY_REUSED");
  BOOST_TEST(seats_of(R"({"count": 1})") == "[3]");
}

BOOST_AUTO_TEST_CASE(seats_that_were_let_go_or_lapsed_are_chosen_again) {
  const auto held = choose(R"({"count": 2})");
  BOOST_TEST(user.del(path_of(held)).outcome() == "204");
  const auto again = choose(R"({"count": 2})");
  BOOST_TEST(compact(again.json()["seatNumbers"]) == "[1,2]");
  const std::int64_t id = again.json()["reservationId"].asInt64();
  stack.database().execute("UPDATE reservation SET held_until = NOW(3) WHERE reservation_id = ?",
                           {id});
  stack.database().execute("UPDATE seat SET held_until = NOW(3) WHERE reservation_id = ?", {id});
  BOOST_TEST(seats_of(R"({"count": 4})") == "[1,2,3,4]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
