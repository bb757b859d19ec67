// What an organiser types to announce concerts and to correct mistakes.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "support/ops_service.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using Words = std::vector<std::string>;

struct Organiser {
  // A concert as an import has it, with one date.
  static std::string concert(const std::string& title, const std::string& starts_at,
                             const std::string& key = "") {
    const std::string of_concert = key.empty() ? "" : fmt::format(R"("key": "{}", )", key);
    const std::string of_date = key.empty() ? "" : R"("key": "night 1", )";
    return fmt::format(
        R"({{"concerts": [{{{}"title": "{}", "venue": "Hall", "dates": [
            {{{}"startsAt": "{}", "seats": 5, "price": 100}}]}}]}})",
        of_concert, title, of_date, starts_at);
  }
  Outcome import(const std::string& file, const Words& options = {}) const {
    const std::string path = folder.path() + "/tour.json";
    std::ofstream(path) << file;
    Words words{"concert", "import", path};
    words.insert(words.end(), options.begin(), options.end());
    return service.ctl(words);
  }
  std::string told(const Words& words) const {
    const Outcome outcome = service.ctl(words);
    BOOST_TEST(outcome.exit_code == 0, outcome.err);
    return outcome.out;
  }
  std::string refused(const Words& words) const {
    const Outcome outcome = service.ctl(words);
    BOOST_TEST(outcome.exit_code == 1, outcome.out);
    return outcome.err;
  }
  std::size_t concerts() const { return service.ctl_json({"concert", "list"})["concerts"].size(); }
  Json::Value dates(const std::string& of) const {
    return service.ctl_json({"date", "list", "--concert", of})["dates"];
  }
  Json::Value newest_action() const { return service.ctl_json({"admin", "log"})["actions"][0]; }

  Service service{{{"workers", "2"}}};
  ScratchFolder folder;
};

bool has_part(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr char kStart[] = "2099-01-31T19:00:00Z";
constexpr char kHalfAnHourLater[] = "2099-01-31T19:30:00Z";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(organiser_test, Organiser)

BOOST_AUTO_TEST_CASE(a_title_with_a_space_too_many_is_the_same_concert) {
  BOOST_TEST(import(concert("Gala", kStart)).exit_code == 0);
  const Outcome again = import(concert("Gala ", kStart));
  BOOST_TEST(again.out == "nothing to do: the file has 1 date, which is there\n");
  BOOST_TEST(import(concert("G\\u0061la", kStart)).exit_code == 0);
  BOOST_TEST(concerts() == 1U);
}

BOOST_AUTO_TEST_CASE(composed_and_decomposed_accents_are_the_same_title) {
  BOOST_TEST(import(concert("Caf\\u00e9", kStart)).exit_code == 0);
  BOOST_TEST(import(concert("Cafe\\u0301", kStart)).exit_code == 0);
  BOOST_TEST(concerts() == 1U);
  BOOST_TEST(has_part(refused({"concert", "add", "--title", "CAFE\xCC\x81", "--venue", "hall"}),
                      "--allow-same"));
}

BOOST_AUTO_TEST_CASE(a_concert_added_twice_by_a_slip_is_refused_and_an_import_finds_the_first) {
  const Words add{"concert", "add", "--title", "Gala", "--venue", "Hall"};
  BOOST_TEST(told(add) == "1\n");
  BOOST_TEST(refused(add) ==
             "concertctl: there is a concert like this already: concert 1, `Gala` at `Hall`. If a "
             "second one is meant, give --allow-same.\n");
  BOOST_TEST(import(concert("Gala", kStart)).out ==
             "added 0 concerts and 1 date; 0 dates were there already\n");
  BOOST_TEST(concerts() == 1U);
}

BOOST_AUTO_TEST_CASE(a_corrected_file_adds_no_second_date) {
  BOOST_TEST(import(concert("Gala", kStart)).exit_code == 0);
  const Outcome corrected = import(concert("Gala", kHalfAnHourLater));
  BOOST_TEST(corrected.exit_code == 1);
  BOOST_TEST(has_part(corrected.err, "concertctl date set --date 1 --starts-at"), corrected.err);
  BOOST_TEST(dates("1").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_corrected_file_with_keys_moves_the_date_and_says_so) {
  BOOST_TEST(import(concert("Gala", kStart, "gala")).exit_code == 0);
  const std::string corrected = concert("Grand Gala", kHalfAnHourLater, "gala");
  const std::string changes =
      "added 0 concerts and 0 dates; changed 1 concert and 1 date; 0 dates were there already\n"
      "concerts[0]: title of concert 1 was `Gala`, is `Grand Gala`\n"
      "concerts[0].dates[0]: startsAt of date 1 was `2099-01-31T19:00:00.000Z`, is "
      "`2099-01-31T19:30:00.000Z`\n";
  const Outcome dry = import(corrected, {"--dry-run"});
  BOOST_TEST(dry.out == "dry run, nothing is done: " + changes);
  BOOST_TEST(dates("1")[0]["startsAt"].asString() == "2099-01-31T19:00:00.000Z");
  BOOST_TEST(import(corrected).out == changes);
  BOOST_TEST(dates("1").size() == 1U);
  BOOST_TEST(dates("1")[0]["startsAt"].asString() == "2099-01-31T19:30:00.000Z");
  BOOST_TEST(dates("1")[0]["key"].asString() == "night 1");
  BOOST_TEST(newest_action()["subject"]["changedConcertDateIds"][0] == 1);
}

BOOST_AUTO_TEST_CASE(of_many_changes_a_text_names_ten_and_the_json_has_all) {
  const auto tour = [](int price) {
    std::string all;
    for (int i = 1; i <= 13; ++i) {
      all += fmt::format(R"({}{{"key": "n{}", "startsAt": "2099-03-{:02}T19:00:00Z", "seats": 2,
                            "price": {}}})",
                         i == 1 ? "" : ",", i, i, price);
    }
    return fmt::format(
        R"({{"concerts": [{{"key": "k", "title": "T", "venue": "V", "dates": [{}]}}]}})", all);
  };
  import(tour(100));
  const Outcome changed = import(tour(200));
  BOOST_TEST(has_part(changed.out, "and 3 more\n"), changed.out);
  const Outcome json = import(tour(300), {"--json"});
  BOOST_TEST((Reply{0, {}, json.out}.json()["changes"].size()) == 13U);
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_concert_is_changed) {
  told({"concert", "add", "--title", " Gala\n", "--venue", "Hall", "--time-zone", "Asia/Seoul"});
  BOOST_TEST(told({"concert", "set", "--concert", "1", "--title", "Grand Gala", "--description",
                   "One\nTwo", "--image-url", "/gala.jpg", "--why", "a typo"}) ==
             "title of concert 1 was `Gala`, is `Grand Gala`\n"
             "description of concert 1 was none, is `One\\x0ATwo`\n"
             "imageUrl of concert 1 was none, is `/gala.jpg`\n");
  BOOST_TEST(told({"concert", "set", "--concert", "1", "--image-url", ""}) ==
             "imageUrl of concert 1 was `/gala.jpg`, is none\n");
  BOOST_TEST(told({"concert", "set", "--concert", "1", "--title", "Grand Gala"}) ==
             "nothing to do: concert 1 is so already\n");
  const Json::Value concert = service.ctl_json({"concert", "list"})["concerts"][0];
  BOOST_TEST(concert["title"].asString() == "Grand Gala");
  BOOST_TEST(concert["description"].asString() == "One\nTwo");
  BOOST_TEST(concert["imageUrl"].isNull());
  BOOST_TEST(concert["timeZone"].asString() == "Asia/Seoul");
  BOOST_TEST(service.ctl_json({"admin", "log"})["actions"].size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_renamed_concert_is_shown_at_once) {
  Web web = service.web();
  service.add_date(5, 100);
  const std::string token = service.new_token(web, new_uuid());
  const std::string path = fmt::format("/concerts/{}/dates", service.concert());
  web.get(path, token);
  BOOST_TEST(web.get(path, token).header("x-cache") == "HIT");
  told({"concert", "set", "--concert", "1", "--title", "Renamed"});
  BOOST_TEST(web.get(path, token).json()["title"].asString() == "Renamed");
  const auto add = [&](const char* seats) {
    return service.ctl({"date", "add-seats", "--date", "1", "--seats", seats, "--price", "50"}).out;
  };
  BOOST_TEST(add("2") == "date 1 has seats 6 to 7 too\n");
  BOOST_TEST(web.get(path, token).json()["dates"][0]["seatCount"] == 7);
  BOOST_TEST(add("1") == "date 1 has seat 8 too\n");
  told({"date", "remove", "--date", "1"});
  BOOST_TEST(web.get(path, token).json()["dates"].empty());
}

BOOST_AUTO_TEST_CASE(a_date_is_postponed_repriced_and_not_removed_once_it_was_held) {
  Web web = service.web();
  const std::string date = std::to_string(service.add_date(5, 100));
  const std::string user = new_uuid();
  const std::string token = service.new_token(web, user);
  const Reply held =
      web.post("/reservation", token,
               fmt::format(R"({{"concertDateId": {}, "seatNumbers": [1, 2]}})", date));
  BOOST_REQUIRE(held.status == 201);
  BOOST_TEST(told({"date", "set", "--date", date, "--starts-at", kStart, "--venue", "Annex",
                   "--why", "flood"})
                 .ends_with("0 tickets are sold and 2 are held; tell their buyers\n"));
  BOOST_TEST(newest_action()["why"].asString() == "flood");
  BOOST_TEST(dates("1")[0]["venue"].asString() == "Annex");
  BOOST_TEST(told({"date", "price", "--date", date, "--price", "700"}) ==
             "5 seats of date 1 cost 700 now; 0 tickets are sold and 2 are held at the price of "
             "before\n");
  const auto reservation =
      web.get("/reservation/" + held.json()["reservationId"].asString(), token);
  BOOST_TEST(reservation.json()["totalPrice"] == 200);
  BOOST_TEST(has_part(refused({"date", "remove", "--date", date}), "nothing was ever held"));
  BOOST_TEST(has_part(refused({"concert", "remove", "--concert", "1"}), "nothing was ever held"));
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_date_is_announced_before_its_sale_and_stopped) {
  told({"concert", "add", "--title", "Gala", "--venue", "Hall"});
  told({"date", "add", "--concert", "1", "--starts-at", kStart, "--seats", "5", "--price", "100",
        "--on-sale-at", "2098-12-01T09:00:00Z", "--sales-end-at", "2099-01-31T18:00:00Z"});
  BOOST_TEST(
      told({"date", "set", "--date", "1", "--starts-at", kHalfAnHourLater, "--why", "late"}) ==
      "startsAt of date 1 was `2099-01-31T19:00:00.000Z`, is `2099-01-31T19:30:00.000Z`\n"
      "salesEndAt of date 1 was `2099-01-31T18:00:00.000Z`, is `2099-01-31T18:30:00.000Z`\n"
      "0 tickets are sold and 0 are held\n");
  BOOST_TEST(told({"date", "stop", "--date", "1", "--why", "a mistake"})
                 .starts_with("sale of date 1 was `going on`, is `stopped`\n"));
  BOOST_TEST(told({"date", "stop", "--date", "1", "--why", "again"}) ==
             "nothing to do: date 1 is so already\n");
  BOOST_TEST(dates("1")[0]["stopped"] == true);
  BOOST_TEST(dates("1")[0]["startsAt"].asString() == "2099-01-31T19:30:00.000Z");
  told({"date", "resume", "--date", "1", "--why", "mended"});
  BOOST_TEST(told({"date", "set", "--date", "1", "--on-sale-at", "", "--why", "now"})
                 .starts_with("onSaleAt of date 1 was `2098-12-01T09:00:00.000Z`, is none\n"));
  BOOST_TEST(has_part(refused({"date", "set", "--date", "1", "--sales-end-at",
                               "2099-02-02T00:00:00Z", "--why", "x"}),
                      "more than 24 hours"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
