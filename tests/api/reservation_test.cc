#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneDateToHold {
  Stack& stack = shared_stack();
  TestUser user{stack};
  TestUser other{stack};
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 10, 700);

  // Asks for seats by the JSON text of the members besides concertDateId.
  HttpResponse hold_by(const std::string& members) {
    return user.post("/reservation", fmt::format(R"({{"concertDateId": {}{}}})", date, members));
  }
  int available() {
    return user.get(fmt::format("/concerts/{}/dates/{}/seats", concert, date))
        .json()["availableCount"]
        .asInt();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reservation_test, OneDateToHold)

BOOST_AUTO_TEST_CASE(all_the_seats_asked_for_are_held) {
  const auto held = user.hold(date, {3, 1});
  BOOST_TEST(held.outcome() == "201");
  const Json::Value answer = held.json();
  BOOST_TEST(answer["status"].asString() == "HELD");
  BOOST_TEST(answer["concertDateId"].asInt64() == date);
  BOOST_TEST(compact(answer["seatNumbers"]) == "[1,3]");
  BOOST_TEST(answer["totalPrice"].asInt() == 1400);
  BOOST_TEST(answer["heldUntil"].asString() > time_from_now(240));
  BOOST_TEST(answer["heldUntil"].asString() < time_from_now(301));
  BOOST_TEST(answer["paymentId"].asInt64() > 0);
  BOOST_TEST(user.get(path_of(held)).json() == answer);
  BOOST_TEST(available() == 8);
}

BOOST_AUTO_TEST_CASE(a_reservation_says_all_that_a_page_shows_of_it_wherever_it_is_answered) {
  const std::string id = std::to_string(date);
  const std::string shown = std::to_string(concert);
  stack.ctl({"concert", "set", "--concert", shown, "--time-zone", "Asia/Seoul"});
  stack.ctl({"date", "set", "--date", id, "--venue", "Small Hall", "--why", "fewer seats"});
  const Headers key{{"Idempotency-Key", "page"}};
  const auto held = user.hold(date, {2, 1}, key);
  BOOST_TEST(held.outcome() == "201");
  const Json::Value answer = held.json();
  const auto listed = user.get(fmt::format("/concerts/{}/dates", concert)).json();
  BOOST_TEST(answer["concertId"].asInt64() == concert);
  BOOST_TEST(answer["title"] == listed["title"]);
  BOOST_TEST(answer["venue"].asString() == "Small Hall");
  BOOST_TEST(answer["startsAt"] == listed["dates"][0]["startsAt"]);
  BOOST_TEST(answer["timeZone"].asString() == "Asia/Seoul");
  BOOST_TEST(compact(answer["seats"][0]) ==
             R"({"category":null,"label":"1","price":700,"refunded":false,"row":null,)"
             R"("seatNumber":1,"section":null})");
  BOOST_TEST(answer["seats"][1]["label"].asString() == "2");
  // The price is that at the hold, whatever it is later.
  stack.ctl({"date", "price", "--date", id, "--price", "900"});
  BOOST_TEST(user.get(path_of(held)).json() == answer);
  BOOST_TEST(user.get("/client/" + user.id() + "/reservations").json()["reservations"][0] ==
             answer);
  BOOST_TEST(user.hold(date, {2, 1}, key).json() == answer);
}

BOOST_AUTO_TEST_CASE(one_seat_may_be_named_by_itself) {
  const auto held = hold_by(R"(, "seatNumber": 7)");
  BOOST_TEST(held.outcome() == "201");
  BOOST_TEST(compact(held.json()["seatNumbers"]) == "[7]");
}

BOOST_AUTO_TEST_CASE(invalid_seat_lists_are_refused) {
  for (const std::string& members : Texts{R"(, "seatNumbers": [])",
                                          R"(, "seatNumbers": null)",
                                          R"(, "seatNumbers": 1)",
                                          R"(, "seatNumbers": "1")",
                                          R"(, "seatNumbers": {"1": 1})",
                                          R"(, "seatNumbers": ["1"])",
                                          R"(, "seatNumbers": [1.0])",
                                          R"(, "seatNumbers": [1e0])",
                                          R"(, "seatNumbers": [true])",
                                          R"(, "seatNumbers": [null])",
                                          R"(, "seatNumbers": [[1]])",
                                          R"(, "seatNumbers": [0])",
                                          R"(, "seatNumbers": [-1])",
                                          R"(, "seatNumbers": [1, 1])",
                                          R"(, "seatNumbers": [1, 2, 1])",
                                          R"(, "seatNumbers": [11])",
                                          R"(, "seatNumbers": [1, 11])",
                                          R"(, "seatNumbers": [1001])",
                                          R"(, "seatNumbers": [99999999999999999999])",
                                          R"(, "seatNumbers": [4294967297])"}) {
    const auto refused = hold_by(members);
    BOOST_TEST(refused.outcome() == "422 SEAT_INVALID", members);
    BOOST_TEST(refused.json()["field"].asString() == "seatNumbers");
  }
  BOOST_TEST(hold_by("").outcome() == "422 SEAT_INVALID");
  BOOST_TEST(hold_by(R"(, "seatNumber": 1, "seatNumbers": [1])").outcome() == "422 SEAT_INVALID");
  BOOST_TEST(available() == 10);
}

BOOST_AUTO_TEST_CASE(a_wrong_single_seat_is_refused_by_its_own_name) {
  for (const std::string& value : Texts{"0", "-1", "\"1\"", "1.0", "null", "[1]", "11", "1001"}) {
    const auto refused = hold_by(R"(, "seatNumber": )" + value);
    BOOST_TEST(refused.outcome() == "422 SEAT_INVALID", value);
    BOOST_TEST(refused.json()["field"].asString() == "seatNumber");
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_date_id_is_refused) {
  for (const std::string& value :
       Texts{"0", "-1", "\"1\"", "1.0", "1e0", "null", "true", "[1]", "9007199254740992",
             "9223372036854775807", "99999999999999999999"}) {
    const auto refused =
        user.post("/reservation", R"({"seatNumbers": [1], "concertDateId": )" + value + "}");
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", value);
    BOOST_TEST(refused.json()["field"].asString() == "concertDateId");
  }
  BOOST_TEST(user.post("/reservation", R"({"seatNumbers": [1]})").outcome() == "422 FIELD_INVALID");
}

BOOST_AUTO_TEST_CASE(a_user_makes_so_many_holds_and_no_more_for_now) {
  const Stack of_two{{"holds_per_visit", "2"}};
  TestUser customer{of_two};
  const auto its_date = of_two.add_date(of_two.add_concert(), 5, 100);
  const Headers key{{"Idempotency-Key", "once"}};
  const auto first = customer.hold(its_date, {1}, key);
  customer.del(path_of(customer.hold(its_date, {2})));
  const auto refused = customer.hold(its_date, {2});
  BOOST_TEST(refused.outcome() == "409 HOLD_LIMIT");
  BOOST_TEST(refused.json()["detail"].asString() ==
             "A user makes at most 2 holds within 30 minutes.");
  customer.leave();
  customer.rejoin();
  BOOST_TEST(customer.hold(its_date, {1, 2, 3, 4, 5}).outcome() == "409 HOLD_LIMIT");
  BOOST_TEST(customer.hold(its_date, {1}, key).body == first.body);
}

BOOST_AUTO_TEST_CASE(an_unknown_date_is_not_found) {
  BOOST_TEST(user.hold(999999999, {1}).outcome() == "404 DATE_NOT_FOUND");
  BOOST_TEST(user.hold(999999999, {1, 1}).outcome() == "422 SEAT_INVALID");
}

BOOST_AUTO_TEST_CASE(a_date_that_has_begun_is_closed) {
  stack.begin_in(date, 0);
  BOOST_TEST(user.hold(date, {1}).outcome() == "409 DATE_CLOSED");
  const auto eleventh = user.hold(date, {11});
  BOOST_TEST(eleventh.outcome() == "422 SEAT_INVALID");
  BOOST_TEST(eleventh.json()["detail"].asString() == "The date has only seats 1 to 10.");
  const auto beyond = user.hold(date, {60'001});
  BOOST_TEST(beyond.json()["detail"].asString() == "A seat is a whole number from 1 to 60000.");
  // Before the limit and the seats are looked at.
  BOOST_TEST(user.hold(date, {1, 2, 3, 4, 5}).outcome() == "409 DATE_CLOSED");
}

BOOST_AUTO_TEST_CASE(a_date_whose_sale_has_not_begun_says_when_it_does) {
  const std::string id = std::to_string(date);
  stack.ctl({"date", "set", "--date", id, "--on-sale-at", time_from_now(3600), "--why", "later"});
  const auto refused = user.hold(date, {1, 2, 3, 4, 5});
  BOOST_TEST(refused.outcome() == "409 NOT_ON_SALE");
  const auto listed = user.get(fmt::format("/concerts/{}/dates", concert)).json()["dates"][0];
  BOOST_TEST(refused.json()["onSaleAt"] == listed["onSaleAt"]);
  BOOST_TEST(listed["state"].asString() == "SCHEDULED");
  BOOST_TEST(listed["salesEndAt"] == listed["startsAt"]);
  // A date that is stopped is closed, but first of all not on sale yet.
  stack.ctl({"date", "stop", "--date", id, "--why", "a mistake"});
  BOOST_TEST(user.hold(date, {1}).outcome() == "409 NOT_ON_SALE");
}

BOOST_AUTO_TEST_CASE(a_cancelled_date_is_not_held_nor_listed_and_its_holds_are_over) {
  const auto held = user.hold(date, {1});
  BOOST_TEST(held.outcome() == "201");
  stack.ctl({"date", "cancel", "--date", std::to_string(date), "--why", "a flood"});
  BOOST_TEST(user.hold(date, {2}).outcome() == "409 DATE_CANCELLED");
  BOOST_TEST(user.hold(date, {1, 2, 3, 4, 5}).outcome() == "409 DATE_CANCELLED");
  const std::string dates = fmt::format("/concerts/{}/dates", concert);
  BOOST_TEST(user.get(dates).json()["dates"].empty());
  const auto seats = user.get(fmt::format("{}/{}/seats", dates, date)).json();
  BOOST_TEST(seats["state"].asString() == "CANCELLED");
  BOOST_TEST(seats["bookable"] == false);
  BOOST_TEST(user.get("/reservation/" + held.json()["reservationId"].asString())
                 .json()["status"]
                 .asString() == "RELEASED");
  BOOST_TEST(user.pay(held).outcome() == "410 HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_stopped_date_is_closed_at_once_until_it_is_resumed) {
  const std::string id = std::to_string(date);
  const std::string dates = fmt::format("/concerts/{}/dates", concert);
  const auto held = user.hold(date, {1});
  BOOST_TEST(held.outcome() == "201");
  const auto before = user.get(dates).json()["dates"][0];
  BOOST_TEST(before["state"].asString() == "ON_SALE");
  BOOST_TEST(before["onSaleAt"].isNull());
  stack.ctl({"date", "stop", "--date", id, "--why", "a mistake"});
  BOOST_TEST(user.hold(date, {2}).outcome() == "409 DATE_CLOSED");
  const auto stopped = user.get(dates).json()["dates"][0];
  BOOST_TEST(stopped["state"].asString() == "CLOSED");
  BOOST_TEST(stopped["startsAt"] == before["startsAt"]);
  const auto seats = user.get(fmt::format("{}/{}/seats", dates, date)).json();
  BOOST_TEST(seats["state"].asString() == "CLOSED");
  BOOST_TEST(seats["bookable"] == false);
  BOOST_TEST(seats["startsAt"] == before["startsAt"]);
  user.charge(10000);
  BOOST_TEST(user.pay(held).outcome() == "200");
  stack.ctl({"date", "resume", "--date", id, "--why", "mended"});
  user.rejoin();
  BOOST_TEST(user.hold(date, {2}).outcome() == "201");
  BOOST_TEST(user.get(fmt::format("{}/{}/seats", dates, date)).json()["bookable"] == true);
}

BOOST_AUTO_TEST_CASE(a_user_has_four_seats_of_a_date_at_most) {
  BOOST_TEST(user.hold(date, {1, 2, 3, 4, 5}).outcome() == "409 SEAT_LIMIT");
  BOOST_TEST(available() == 10);
  const auto three = user.hold(date, {1, 2, 3});
  BOOST_TEST(three.outcome() == "201");
  BOOST_TEST(user.hold(date, {4, 5}).outcome() == "409 SEAT_LIMIT");
  const auto fourth = user.hold(date, {4});
  BOOST_TEST(fourth.outcome() == "201");
  BOOST_TEST(user.hold(date, {5}).outcome() == "409 SEAT_LIMIT");
  // The limit is refused before the taken seats.
  BOOST_TEST(user.hold(date, {1}).outcome() == "409 SEAT_LIMIT");
  // It is one of each date, and of each user.
  BOOST_TEST(user.hold(stack.add_date(concert, 4), {1, 2, 3, 4}).outcome() == "201");
  BOOST_TEST(other.hold(date, {5, 6, 7, 8}).outcome() == "201");
  // Owned seats count, released ones do not.
  user.charge(10000);
  user.pay(fourth);
  user.rejoin();
  BOOST_TEST(user.hold(date, {9}).outcome() == "409 SEAT_LIMIT");
  BOOST_TEST(user.del(path_of(three)).outcome() == "204");
  BOOST_TEST(user.hold(date, {9, 10, 1, 2}).outcome() == "409 SEAT_LIMIT");
  BOOST_TEST(user.hold(date, {9, 10, 1}).outcome() == "201");
}

BOOST_AUTO_TEST_CASE(seats_that_are_taken_are_named_and_none_is_held) {
  other.charge(10000);
  other.pay(other.hold(date, {2}));
  other.rejoin();
  other.hold(date, {3});
  user.hold(date, {4});
  const auto refused = user.hold(date, {
                                           4,
                                           1,
                                           2,
                                       });
  BOOST_TEST(refused.outcome() == "409 SEAT_UNAVAILABLE");
  BOOST_TEST(compact(refused.json()["seats"]) ==
             R"([{"seatNumber":2,"status":"SOLD"},{"seatNumber":4,"status":"HELD"}])");
  BOOST_TEST(compact(user.hold(date, {1, 3}).json()["seats"]) ==
             R"([{"seatNumber":3,"status":"HELD"}])");
  BOOST_TEST(available() == 7);
  BOOST_TEST(other.hold(date, {1}).outcome() == "201");
}

BOOST_AUTO_TEST_CASE(another_limit_of_seats_can_be_configured) {
  const Stack of_one{{"seat_limit", "1"}};
  TestUser customer(of_one);
  const auto its_date = of_one.add_date(of_one.add_concert());
  BOOST_TEST(customer.hold(its_date, {1, 2}).outcome() == "409 SEAT_LIMIT");
  BOOST_TEST(customer.hold(its_date, {1}).outcome() == "201");
  BOOST_TEST(customer.hold(its_date, {2}).outcome() == "409 SEAT_LIMIT");
}

BOOST_AUTO_TEST_CASE(the_holder_lets_the_seats_go) {
  const auto held = user.hold(date, {1, 2});
  const auto released = user.del(path_of(held));
  BOOST_TEST(released.outcome() == "204");
  BOOST_TEST(released.body.empty());
  BOOST_TEST(available() == 10);
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "RELEASED");
  BOOST_TEST(other.hold(date, {1}).outcome() == "201");
  BOOST_TEST(user.del(path_of(held)).outcome() == "204");
  BOOST_TEST(available() == 9);
  // The earlier state stays readable.
  BOOST_TEST(compact(user.get(path_of(held)).json()["seatNumbers"]) == "[1,2]");
}

BOOST_AUTO_TEST_CASE(a_paid_reservation_cannot_be_released) {
  user.charge(10000);
  const auto held = user.hold(date, {1});
  user.pay(held);
  user.rejoin();
  BOOST_TEST(user.del(path_of(held)).outcome() == "409 ALREADY_PAID");
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "PAID");
  BOOST_TEST(available() == 9);
}

BOOST_AUTO_TEST_CASE(another_users_reservation_is_not_found) {
  const auto held = user.hold(date, {1});
  BOOST_TEST(other.get(path_of(held)).outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(other.del(path_of(held)).outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(user.get("/reservation/999999999").outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(user.del("/reservation/999999999").outcome() == "404 RESERVATION_NOT_FOUND");
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "HELD");
}

BOOST_AUTO_TEST_CASE(held_seats_stay_held_when_their_user_leaves) {
  const auto held = user.hold(date, {1});
  user.leave();
  BOOST_TEST(other.hold(date, {1}).outcome() == "409 SEAT_UNAVAILABLE");
  user.rejoin();
  BOOST_TEST(user.get(path_of(held)).json()["status"].asString() == "HELD");
}

BOOST_AUTO_TEST_CASE(a_users_reservations_come_in_pages_the_newest_first) {
  const std::string path = "/client/" + user.id() + "/reservations";
  BOOST_TEST(compact(user.get(path).json()) == R"({"next":null,"reservations":[]})");
  std::vector<HttpResponse> made;
  for (int seat = 1; seat <= 3; ++seat) made.push_back(user.hold(date, {seat}));
  other.hold(date, {9});
  const Json::Value all = user.get(path).json();
  BOOST_TEST(all["reservations"].size() == 3U);
  for (unsigned i = 0; i < 3; ++i) BOOST_TEST(all["reservations"][i] == made[2 - i].json());
  const Json::Value first = user.get(path + "?limit=2").json();
  BOOST_TEST(first["next"] == made[1].json()["reservationId"]);
  const Json::Value second = user.get(path + "?limit=2&after=" + first["next"].asString()).json();
  BOOST_TEST(second["reservations"].size() == 1U);
  BOOST_TEST(second["reservations"][0] == made[0].json());
  BOOST_TEST(second["next"].isNull());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
