#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/files.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

// "101" to the last, each with rows "A" and "B" of `seats` seats, the first of them accessible.
std::string layout_of(int sections, int seats) {
  std::string text;
  for (int i = 1; i <= sections; ++i) {
    const auto row = [&](const char* name) {
      return fmt::format(R"({{"row":"{}","from":1,"to":{},"accessible":[1]}})", name, seats);
    };
    text += fmt::format(R"({}{{"section":"{}","category":"{}","price":{},"rows":[{},{}]}})",
                        i == 1 ? "" : ",", 100 + i, i % 2 == 1 ? "R" : "S", i % 2 == 1 ? 900 : 500,
                        row("A"), row("B"));
  }
  return "[" + text + "]";
}

struct Arena {
  Stack& stack = shared_stack();
  TestUser user{stack};
  ScratchFolder folder;
  std::int64_t concert = 0;
  std::int64_t date = 0;

  void import(const std::string& layout) {
    static int imported = 0;
    const std::string file = folder.path() + "/tour.json";
    write_text(file, fmt::format(R"({{"concerts":[{{"title":"Hall {}","venue":"Arena","dates":[)"
                                 R"({{"startsAt":"{}","layout":{}}}]}}]}})",
                                 ++imported, time_from_now(30 * 86400), layout));
    const Json::Value told = stack.ctl({"concert", "import", file});
    concert = told["concertIds"][0].asInt64();
    date = told["concertDateIds"][0].asInt64();
  }
  std::string path(const std::string& rest) const {
    return fmt::format("/concerts/{}/dates/{}/{}", concert, date, rest);
  }
  HttpResponse seats(const std::string& query = "") { return user.get(path("seats" + query)); }
  // Of section `number`, from 1.
  Json::Value section(int number) {
    return user.get(path("sections")).json()["sections"][number - 1];
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(halls_test, Arena)

BOOST_AUTO_TEST_CASE(the_best_available_are_chosen_by_section_category_and_access) {
  import(layout_of(2, 7));
  const auto choose = [&](const std::string& wish) {
    return user.post("/reservation",
                     fmt::format(R"({{"concertDateId": {}, "bestAvailable": {}}})", date, wish));
  };
  const auto anywhere = choose(R"({"count": 2})");
  BOOST_TEST(anywhere.outcome() == "201");
  BOOST_TEST(compact(anywhere.json()["seatNumbers"]) == "[3,4]");
  BOOST_TEST(anywhere.json()["seats"][0]["label"].asString() == "A-3");
  BOOST_TEST(anywhere.json()["seats"][0]["section"].asString() == "101");
  const auto cheap = choose(R"({"count": 1, "category": "S", "accessible": true})");
  BOOST_TEST(compact(cheap.json()["seatNumbers"]) == "[15]");
  BOOST_TEST(cheap.json()["totalPrice"].asInt() == 500);
  const auto none = choose(R"({"count": 1, "section": "103"})");
  BOOST_TEST(none.outcome() == "422 FIELD_INVALID");
  BOOST_TEST(none.json()["field"].asString() == "section");
  const auto apart = choose(R"({"count": 1, "section": "101", "category": "S"})");
  BOOST_TEST(apart.json()["field"].asString() == "category");
  BOOST_TEST(section(1)["availableCount"].asInt() == 12);
}

BOOST_AUTO_TEST_CASE(a_seat_says_where_it_is) {
  import(layout_of(2, 3));
  const Json::Value answer = seats().json();
  BOOST_REQUIRE(answer["seats"].size() == 12U);
  const Json::Value& seat = answer["seats"][10];
  BOOST_TEST(seat["seatNumber"] == 11);
  BOOST_TEST(seat["label"] == "B-2");
  BOOST_TEST(seat["section"] == "102");
  BOOST_TEST(seat["row"] == "B");
  BOOST_TEST(seat["category"] == "S");
  BOOST_TEST(seat["price"] == 500);
  BOOST_TEST(seat["accessible"] == false);
  BOOST_TEST(answer["seats"][9]["accessible"] == true);
  BOOST_TEST(answer["bookable"] == true);
  BOOST_TEST(answer["state"] == "ON_SALE");
  const Json::Value one = seats("?section=101&status=AVAILABLE").json();
  BOOST_REQUIRE(one["seats"].size() == 6U);
  BOOST_TEST(one["availableCount"] == 6);
  BOOST_TEST(one["seats"][5]["label"] == "B-3");
}

BOOST_AUTO_TEST_CASE(a_date_without_a_layout_has_numbers_for_labels_and_no_sections) {
  concert = stack.add_concert();
  date = stack.add_date(concert, 3);
  const Json::Value seat = seats().json()["seats"][2];
  BOOST_TEST(seat["label"] == "3");
  for (const char* name : {"section", "row", "category"}) BOOST_TEST(seat[name].isNull(), name);
  BOOST_TEST(seat["accessible"] == false);
  const Json::Value sections = user.get(path("sections")).json();
  BOOST_TEST(sections["sections"].isArray());
  BOOST_TEST(sections["sections"].empty());
  BOOST_TEST(seats("?section=1").outcome() == "422 FIELD_INVALID");
}

BOOST_AUTO_TEST_CASE(a_section_that_is_not_there_is_refused) {
  import(layout_of(1, 3));
  for (const char* query : {"?section=102", "?section=", "?section=%FF", "?section=101&section=101",
                            "?section=10_", "?section=101%20x"}) {
    const HttpResponse answer = seats(query);
    BOOST_TEST(answer.outcome() == "422 FIELD_INVALID", query);
    BOOST_TEST(answer.json()["field"] == "section", query);
  }
  BOOST_TEST(seats("?section=101").outcome() == "200");
  BOOST_TEST(user.get(fmt::format("/concerts/{}/dates/{}/seats?section=101", concert, 999'999'999))
                 .outcome() == "404 DATE_NOT_FOUND");
  BOOST_TEST(user.get(fmt::format("/concerts/{}/dates/{}/sections", concert + 1, date)).outcome() ==
             "404 DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(what_is_left_of_a_section_follows_each_step) {
  import(layout_of(2, 3));
  user.charge(10'000);
  const Json::Value before = section(1);
  BOOST_TEST(before["section"] == "101");
  BOOST_TEST(before["category"] == "R");
  BOOST_TEST(before["price"] == 900);
  BOOST_TEST(before["seatCount"] == 6);
  BOOST_TEST(before["availableCount"] == 6);
  const auto held = user.hold(date, {1, 2, 7});
  const Json::Value seat = held.json()["seats"][2];
  BOOST_TEST(seat["label"] == "A-1");
  BOOST_TEST(seat["section"] == "102");
  BOOST_TEST(seat["row"] == "A");
  BOOST_TEST(seat["category"] == "S");
  BOOST_TEST(seat["price"] == 500);
  BOOST_TEST(user.get(path_of(held)).json()["seats"][2] == seat);
  BOOST_TEST(section(1)["availableCount"] == 4);
  BOOST_TEST(section(2)["availableCount"] == 5);
  TestUser other(stack);
  const auto released = other.hold(date, {3});
  BOOST_TEST(section(1)["availableCount"] == 3);
  other.del(path_of(released));
  BOOST_TEST(section(1)["availableCount"] == 4);
  user.pay(held);
  const Json::Value ticket = user.get(path_of(held) + "/tickets").json()["tickets"][2];
  BOOST_TEST(ticket["label"] == "A-1");
  BOOST_TEST(ticket["section"] == "102");
  BOOST_TEST(ticket["row"] == "A");
  user.rejoin();
  BOOST_TEST(section(1)["availableCount"] == 4);
}

BOOST_AUTO_TEST_CASE(a_hall_of_60000_seats_is_sold_by_section) {
  import(layout_of(500, 60));
  BOOST_TEST(seats().outcome() == "422 FIELD_INVALID");
  BOOST_TEST(seats().json()["field"] == "section");
  const Json::Value last = seats("?section=600").json();
  BOOST_REQUIRE(last["seats"].size() == 120U);
  BOOST_TEST(last["seats"][119]["seatNumber"] == 60'000);
  BOOST_TEST(last["seats"][119]["label"] == "B-60");
  user.hold(date, {60'000});
  const Json::Value sections = user.get(path("sections")).json()["sections"];
  BOOST_REQUIRE(sections.size() == 500U);
  BOOST_TEST(sections[499]["availableCount"] == 119);
  const Json::Value dates = user.get(fmt::format("/concerts/{}/dates", concert)).json()["dates"];
  BOOST_TEST(dates[0]["seatCount"] == 60'000);
  const auto shown = user.get(fmt::format("/catalogue/{}", concert)).json()["dates"][0];
  BOOST_REQUIRE(shown["prices"].size() == 2U);
  BOOST_TEST(shown["prices"][0]["category"] == "S");
  BOOST_TEST(shown["prices"][0]["price"] == 500);
  BOOST_TEST(shown["prices"][1]["category"] == "R");
  BOOST_TEST(shown["soldOut"] == false);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
