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

}  // namespace

BOOST_AUTO_TEST_SUITE(read_tour_test)

BOOST_AUTO_TEST_CASE(a_name_holds_no_control_characters) {
  BOOST_TEST(tour_of(concert("\\u00a0 ~", "V", date(kFirst))).front().title == "\xC2\xA0 ~");
  for (const char* wrong : {"\\n", "a\\u0000", "\\u001b[2J", "\\u007f", "\\u0080", "a\\u009f",
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
  for (const char* blank : {" ", "   ", "\\u00a0", "\\u3000 \\u200b"}) {
    BOOST_TEST(mistake([&] { tour_of(concert(blank, "V", date(kFirst))); }) ==
                   "concerts[0].title: must not be blank. Nothing was added.",
               blank);
    BOOST_TEST(mistake([&] { tour_of(concert("T", blank, date(kFirst))); }) ==
                   "concerts[0].venue: must not be blank. Nothing was added.",
               blank);
  }
}

BOOST_AUTO_TEST_CASE(a_name_does_not_end_with_a_space) {
  BOOST_TEST(mistake([] { tour_of(concert("T ", "V", date(kFirst))); }) ==
             "concerts[0].title: must not end with a space. Nothing was added.");
  BOOST_TEST(mistake([] { tour_of(concert("T", "V  ", date(kFirst))); }) ==
             "concerts[0].venue: must not end with a space. Nothing was added.");
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
  BOOST_TEST(with(concert("t", "V", both)).empty());
  BOOST_TEST(with(concert("T", "V", date("2099-01-03T20:00:00Z"))).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
