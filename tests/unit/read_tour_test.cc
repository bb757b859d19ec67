#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "ctl/commands/catalogue.h"
#include "ctl/commands/command.h"

namespace concert {
namespace {

std::string concert(const std::string& title, const std::string& venue, const std::string& dates) {
  return fmt::format(R"({{"title": "{}", "venue": "{}", "dates": [{}]}})", title, venue, dates);
}

std::string date(const std::string& starts_at) {
  return fmt::format(R"({{"startsAt": "{}", "seats": 2, "price": 5}})", starts_at);
}

Tour tour_of(const std::string& concerts) {
  return read_tour(fmt::format(R"({{"concerts": [{}]}})", concerts));
}

// The message that the administrator gets; empty if nothing is wrong.
template <class Call>
std::string mistake(Call call) {
  try {
    call();
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

const std::string kFirst = "2099-01-01T20:00:00Z";
const std::string kSecond = "2099-01-02T20:00:00Z";

// The concert that the file has with `members` beside the ones that it must have.
TourConcert concert_with(const std::string& members) {
  return tour_of(fmt::format(R"({{"title": "T", "venue": "V", "dates": [{}], {}}})", date(kFirst),
                             members))
      .front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(read_tour_test)

BOOST_AUTO_TEST_CASE(a_name_holds_no_control_characters) {
  BOOST_TEST(tour_of(concert("~", "V", date(kFirst))).front().title == "~");
  for (const char* wrong : {"a\\nb", "a\\u0000", "\\u001b[2J", "\\u007f", "\\u0080", "a\\u009f",
                            "\x7F", "a\\u202eb", "a\\u2028b", "\\u2066a"}) {
    BOOST_TEST(mistake([&] { tour_of(concert(wrong, "V", date(kFirst))); }) ==
                   "concerts[0].title: must not hold control characters. Nothing was added.",
               wrong);
    BOOST_TEST(mistake([&] { tour_of(concert("T", wrong, date(kFirst))); }) ==
                   "concerts[0].venue: must not hold control characters. Nothing was added.",
               wrong);
  }
}

BOOST_AUTO_TEST_CASE(a_name_is_not_blank) {
  for (const char* blank : {" ", "   ", "\\n", "\\u00a0", "\\u3000 \\u200b"}) {
    BOOST_TEST(mistake([&] { tour_of(concert(blank, "V", date(kFirst))); }) ==
                   "concerts[0].title: must not be blank. Nothing was added.",
               blank);
    BOOST_TEST(mistake([&] { tour_of(concert("T", blank, date(kFirst))); }) ==
                   "concerts[0].venue: must not be blank. Nothing was added.",
               blank);
  }
}

BOOST_AUTO_TEST_CASE(a_name_is_kept_in_nfc_without_white_space_around_it) {
  const Tour tour = tour_of(concert("Cafe\\u0301 ", "\\u3000V\\n", date(kFirst)));
  BOOST_TEST(tour.front().title == "Caf\xC3\xA9");
  BOOST_TEST(tour.front().venue == "V");
  BOOST_TEST(tour_of(concert(std::string(200, 'a'), "V", date(kFirst))).size() == 1U);
  BOOST_TEST(mistake([] { tour_of(concert(std::string(201, 'a'), "V", date(kFirst))); }) ==
             "concerts[0].title: must be 1 to 200 characters of UTF-8. Nothing was added.");
}

BOOST_AUTO_TEST_CASE(a_name_holds_no_invisible_formatting) {
  for (const char* wrong : {"a\\u200bb", "a\\u00adb", "a\\u2060", "\\ufeffa"})
    BOOST_TEST(mistake([&] { tour_of(concert(wrong, "V", date(kFirst))); }) ==
                   "concerts[0].title: must not hold invisible formatting, such as U+200B. Nothing "
                   "was added.",
               wrong);
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_concert_is_optional_and_checked) {
  const TourConcert plain = tour_of(concert("T", "V", date(kFirst))).front();
  BOOST_TEST(plain.key == "");
  BOOST_TEST((!plain.description && !plain.image_url && !plain.time_zone));
  const TourConcert full = concert_with(
      R"("key": " winter ", "description": "One\r\nTwo\n", "imageUrl": "/pictures/1.jpg",
         "timeZone": "Asia/Seoul")");
  BOOST_TEST(full.key == "winter");
  BOOST_TEST(*full.description == "One\nTwo");
  BOOST_TEST(*full.image_url == "/pictures/1.jpg");
  BOOST_TEST(*full.time_zone == "Asia/Seoul");
  const TourConcert none = concert_with(R"("description": null, "imageUrl": null)");
  BOOST_TEST((none.description->empty() && none.image_url->empty()));
  BOOST_TEST(concert_with(R"("imageUrl": "https://example.org/a?b=c")").image_url->size() == 25U);
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_concert_has_its_limits) {
  const auto refused = [](const std::string& member, const std::string& value,
                          const std::string& part) {
    const std::string text =
        mistake([&] { concert_with(fmt::format(R"("{}": {})", member, value)); });
    BOOST_TEST(text.rfind("concerts[0]." + member + ": must ", 0) == 0U, value << text);
    BOOST_TEST(text.find(part) != std::string::npos, text);
  };
  const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
  BOOST_TEST(
      concert_with("\"description\": " + quoted(std::string(4000, 'a'))).description->size() ==
      4000U);
  refused("description", quoted(std::string(4001, 'a')), "up to 4000 characters");
  refused("description", R"("a\tb")", "control");
  refused("description", R"("a\u200bb")", "invisible");
  refused("description", "5", "a text");
  for (const char* url : {"http://example.org/a", "//example.org/a", "javascript:alert(1)",
                          "https:///a", "pictures/1.jpg", "https://a b", "/a\\u00e9", "/\\\\a"})
    refused("imageUrl", quoted(url), "https://");
  refused("imageUrl", quoted("/" + std::string(1000, 'a')), "1000");
  for (const char* zone : {"Europe/Atlantis", "", "+09:00", "../UTC"})
    refused("timeZone", quoted(zone), "time zone");
  refused("timeZone", "null", "a text");
  refused("key", quoted(std::string(101, 'k')), "1 to 100");
  refused("key", quoted(" "), "blank");
}

BOOST_AUTO_TEST_CASE(a_date_may_have_a_key_and_a_venue) {
  const auto date_with = [](const std::string& members) {
    return tour_of(concert("T", "V",
                           fmt::format(R"({{"startsAt": "{}", "seats": 2, "price": 5, {}}})",
                                       kFirst, members)))
        .front()
        .dates.front();
  };
  const TourDate full = date_with(R"("key": "night 1", "venue": " Annex ")");
  BOOST_TEST(full.key == "night 1");
  BOOST_TEST(*full.venue == "Annex");
  BOOST_TEST(date_with(R"("venue": null)").venue->empty());
  BOOST_TEST(!date_with(R"("key": "k")").venue);
  BOOST_TEST(mistake([&] { date_with(R"("venue": "a\u202eb")"); }) ==
             "concerts[0].dates[0].venue: must not hold control characters. Nothing was added.");
}

BOOST_AUTO_TEST_CASE(a_key_is_given_once) {
  const auto keyed = [](const std::string& key, const std::string& dates) {
    return fmt::format(R"({{"key": "{}", "title": "T{}", "venue": "V", "dates": [{}]}})", key, key,
                       dates);
  };
  const auto keyed_date = [](const std::string& key, const std::string& starts_at) {
    return fmt::format(R"({{"key": "{}", "startsAt": "{}", "seats": 2, "price": 5}})", key,
                       starts_at);
  };
  BOOST_TEST(
      mistake([&] { tour_of(keyed("a", date(kFirst)) + "," + keyed("a", date(kSecond))); }) ==
      "concerts[1]: the key `a` is also in concerts[0]; give each concert once. Nothing was "
      "added.");
  const std::string twice = keyed_date("n", kFirst) + "," + keyed_date("n", kSecond);
  BOOST_TEST(mistake([&] { tour_of(keyed("a", twice)); }) ==
             "concerts[0].dates[1]: the key `n` is also in concerts[0].dates[0]; give each date "
             "once. Nothing was added.");
  BOOST_TEST(mistake([&] {
               tour_of(keyed("a", keyed_date("n", kFirst)) + "," +
                       keyed("b", keyed_date("n", kFirst)));
             }).empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_json_is_refused) {
  BOOST_TEST(mistake([] { read_tour(""); }) == "the file is not JSON: it is empty.");
  for (const char* text : {"\n", " ", "nonsense", "{"})
    BOOST_TEST(mistake([&] { read_tour(text); }).rfind("the file is not JSON: ", 0) == 0U, text);
}

BOOST_AUTO_TEST_CASE(a_date_is_given_once) {
  const auto refusal = [](const std::string& place, const std::string& first) {
    return fmt::format(
        "{}: the concert already has a date at 2099-01-01T20:00:00.000Z in {}; give each date "
        "once. Nothing was added.",
        place, first);
  };
  const std::string both = date(kFirst) + "," + date(kSecond);
  BOOST_TEST(mistake([&] { tour_of(concert("T", "V", both + "," + date(kFirst))); }) ==
             refusal("concerts[0].dates[2]", "concerts[0].dates[0]"));
  BOOST_TEST(mistake([&] {
               tour_of(concert("T", "V", both + "," + date("2099-01-01T21:00:00+01:00")));
             }) == refusal("concerts[0].dates[2]", "concerts[0].dates[0]"));
  const auto with = [&](const std::string& other) {
    return mistake([&] { tour_of(concert("T", "V", both) + "," + other); });
  };
  BOOST_TEST(with(concert("T", "V", date(kFirst))) ==
             refusal("concerts[1].dates[0]", "concerts[0].dates[0]"));
  BOOST_TEST(with(concert("T", "W", both)).empty());
  BOOST_TEST(with(concert(" t", "V", date(kFirst))) ==
             refusal("concerts[1].dates[0]", "concerts[0].dates[0]"));
  BOOST_TEST(with(concert("U", "V", both)).empty());
  BOOST_TEST(with(concert("T", "V", date("2099-01-03T20:00:00Z"))).empty());
}

BOOST_AUTO_TEST_CASE(of_a_file_that_is_no_json_an_excerpt_is_shown) {
  const auto twice = [](const std::string& name) {
    return mistake([&] { read_tour(fmt::format(R"({{"{0}":1,"{0}":2}})", name)); });
  };
  BOOST_TEST(twice("\x1B[31m").find("\\x1B[31m") != std::string::npos);
  BOOST_TEST(twice(std::string(30'000, 'a')).size() < 400U);
}

namespace {

std::string hall_date(const std::string& layout) {
  return fmt::format(R"({{"startsAt": "{}", "layout": {}}})", kFirst, layout);
}

TourDate date_with(const std::string& layout) {
  return tour_of(concert("T", "V", hall_date(layout))).front().dates.front();
}

// A section with these rows.
std::string section(const std::string& name, const std::string& rows) {
  return fmt::format(R"({{"section": "{}", "category": "R", "price": 5, "rows": [{}]}})", name,
                     rows);
}

// What is wrong with a layout, behind its place: ".rows[0]: lacks `to`"
std::string wrong(const std::string& layout) {
  constexpr std::string_view kBefore = "concerts[0].dates[0].layout";
  constexpr std::string_view kBehind = ". Nothing was added.";
  const std::string told = mistake([&] { date_with(layout); });
  if (!told.starts_with(kBefore) || !told.ends_with(kBehind)) return told;
  return told.substr(kBefore.size(), told.size() - kBefore.size() - kBehind.size());
}

const std::string kRow = R"({"row": "A", "from": 1, "to": 2})";

}  // namespace

BOOST_AUTO_TEST_CASE(the_seats_of_a_layout_are_numbered_in_its_order) {
  const TourDate read = date_with(
      R"([{"section": "101", "category": "R", "price": 9, "rows": [{"row": "A", "from": 5, "to": 7,
           "accessible": [7, 5]}, {"row": "B", "from": 1, "to": 1}]},
          {"section": "Loge", "price": 4, "rows": [{"row": "A", "from": 1, "to": 2, "accessible": []}]}])");
  BOOST_TEST(read.prices.empty());
  BOOST_TEST(read.seats() == 6);
  BOOST_TEST(read.accessible == (SeatNumbers{1, 3}), boost::test_tools::per_element());
  BOOST_REQUIRE(read.layout.size() == 2U);
  const HallSection& first = read.layout.front();
  BOOST_TEST(first.section_no == 1);
  BOOST_TEST(first.name == "101");
  BOOST_TEST(first.category == "R");
  BOOST_TEST(first.price == 9);
  BOOST_TEST(first.first_seat == 1);
  BOOST_TEST(first.last_seat == 4);
  BOOST_CHECK(first.rows == (std::vector<HallRow>{{1, "A", 1, 3, 5}, {2, "B", 4, 4, 1}}));
  BOOST_TEST(first.rows.front().label_of(3) == "A-7");
  const HallSection& second = read.layout.back();
  BOOST_TEST(second.section_no == 2);
  BOOST_TEST(second.category == "");
  BOOST_CHECK(second.rows == (std::vector<HallRow>{{3, "A", 5, 6, 1}}));
}

BOOST_AUTO_TEST_CASE(a_mistake_in_a_layout_is_named_with_its_place) {
  BOOST_TEST(wrong("[]") == ": must be a list that is not empty");
  BOOST_TEST(wrong("5") == ": must be a list that is not empty");
  BOOST_TEST(wrong("[5]") == "[0]: must be an object");
  BOOST_TEST(wrong(R"([{"section": "1", "price": 5}])") == "[0]: lacks `rows`");
  BOOST_TEST(wrong(R"([{"section": "1", "price": 5, "rows": []}])") ==
             "[0].rows: must be a list that is not empty");
  BOOST_TEST(wrong("[" + section("", kRow) + "]") ==
             "[0].section: must be 1 to 50 characters of UTF-8");
  BOOST_TEST(wrong("[" + section(" ", kRow) + "]") == "[0].section: must not be blank");
  BOOST_TEST(wrong("[" + section(std::string(51, 'a'), kRow) + "]") ==
             "[0].section: must be 1 to 50 characters of UTF-8");
  BOOST_TEST(wrong("[" + section("1", kRow) + "," + section("1 ", kRow) + "]") ==
             "[1].section: is the name of another section; give each section once");
  BOOST_TEST(wrong("[" + section("1", kRow + "," + kRow) + "]") ==
             "[0].rows[1].row: is the name of another row of the section; give each row of the "
             "section once");
  const auto of_row = [](const std::string& members) {
    return wrong("[" + section("1", R"({"row": "A", )" + members + "}") + "]");
  };
  BOOST_TEST(of_row(R"("from": 1)") == "[0].rows[0]: lacks `to`");
  BOOST_TEST(of_row(R"("from": 0, "to": 2)") ==
             "[0].rows[0].from: must be a whole number from 1 to 1000000");
  BOOST_TEST(of_row(R"("from": 3, "to": 2)") ==
             "[0].rows[0].to: must be a whole number from 3 to 1000000");
  BOOST_TEST(of_row(R"("from": 3, "to": 4, "accessible": [5])") ==
             "[0].rows[0].accessible[0]: must be a whole number from 3 to 4");
  BOOST_TEST(of_row(R"("from": 3, "to": 4, "accessible": [3, 3])") ==
             "[0].rows[0].accessible[1]: is in the list before; give it once");
  BOOST_TEST(of_row(R"("from": 3, "to": 4, "accessible": 3)") ==
             "[0].rows[0].accessible: must be a list of seats of the row");
  BOOST_TEST(mistake([] {
               tour_of(concert("T", "V",
                               R"({"startsAt": "2099-01-01T20:00:00Z", "seats": 2, "price": 5,
                                   "layout": []})"));
             }) != "");
}

BOOST_AUTO_TEST_CASE(a_layout_has_its_limits) {
  const auto rows = [](int seats) {
    return fmt::format(R"({{"row": "A", "from": 1, "to": {}}})", seats);
  };
  const auto sections = [&](int count, int seats) {
    std::string all;
    for (int i = 1; i <= count; ++i)
      all += (i == 1 ? "" : ",") + section(std::to_string(i), rows(seats));
    return "[" + all + "]";
  };
  BOOST_TEST(date_with(sections(1, 2000)).seats() == 2000);
  BOOST_TEST(wrong(sections(1, 2001)) ==
             "[0].rows[0]: is more than 2000 seats, the most of a section");
  BOOST_TEST(wrong("[" + section("1", rows(2000) + R"(,{"row": "B", "from": 1, "to": 1})") + "]") ==
             "[0].rows: are more than 2000 seats, the most of a section");
  BOOST_TEST(date_with(sections(30, 2000)).seats() == kMaxSeats);
  BOOST_TEST(wrong(sections(31, 2000)) == ": has 62000 seats; a date has at most 60000");
  BOOST_TEST(date_with(sections(500, 120)).seats() == kMaxSeats);
  BOOST_TEST(wrong(sections(501, 1)) == ": has 501 sections; a layout has at most 500");
  const auto plain = [](int seats) {
    return fmt::format(R"({{"startsAt": "{}", "seats": {}, "price": 5}})", kFirst, seats);
  };
  BOOST_TEST(tour_of(concert("T", "V", plain(2000))).front().dates.front().seats() == 2000);
  BOOST_TEST(
      mistake([&] { tour_of(concert("T", "V", plain(2001))); }) ==
      "concerts[0].dates[0].seats: must be a whole number from 1 to 2000. Nothing was added.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
