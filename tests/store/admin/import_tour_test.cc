#include "service/admin/import_tour.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "domain/admin_action.h"
#include "service/admin/change_catalogue.h"
#include "store/session/lease.h"
#include "store/session/transaction.h"
#include "support/race.h"
#include "support/servers.h"

namespace concert::test {
namespace {

const AdminAction kImport{"alice@web1", "concert import", ""};
constexpr std::int64_t kDay_ms = 86'400'000;

struct OneTour : OneDateOfFiftySeats {
  OneTour() {
    const Instant first = backend().db.now() + 30 * kDay_ms;
    tour = {{"Winter Journey",
             "Hall",
             {{first, {500, 500, 300}, "concerts[0].dates[0]"}},
             "concerts[0]"},
            {"Other", "Hall", {{first, {100}, "concerts[1].dates[0]"}}, "concerts[1]"}};
    keyed = tour;
    keyed.pop_back();
    keyed[0].key = "winter";
    keyed[0].dates[0].key = "night 1";
  }
  ImportedTour import(const ImportTerms& terms = {}) {
    return import_tour(backend().db, tour, kImport, terms);
  }
  std::string refusal(const ImportTerms& terms = {}) {
    return change_refused([&] { import(terms); });
  }
  // What an import of `keyed` says that it changed: "title Winter Journey>Summer Journey; ..."
  std::string changed(const ImportTerms& terms = {}) {
    std::string text;
    for (const ImportChange& one : import_tour(backend().db, keyed, kImport, terms).changes) {
      text += fmt::format("{}{} {}>{}", text.empty() ? "" : "; ", one.change.field, one.change.was,
                          one.change.is);
    }
    return text;
  }
  std::string refusal_of_keyed(const ImportTerms& terms = {}) {
    tour = keyed;
    return refusal(terms);
  }
  ConcertRecord winter() {
    const auto id = services->number("SELECT concert_id FROM concert WHERE import_key = 'winter'");
    return *backend().catalogue.concert(ConcertId{id});
  }
  std::vector<DateRecord> winter_dates() { return backend().catalogue.dates(winter().id); }
  std::int64_t dates() { return services->number("SELECT COUNT(*) FROM concert_date"); }
  Tour tour;
  Tour keyed;  // its first concert, with keys
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(import_tour_test, OneTour)

BOOST_AUTO_TEST_CASE(the_same_tour_again_adds_nothing_and_one_more_date_adds_that) {
  BOOST_TEST(import().dates.size() == 2U);
  const auto again = import();
  BOOST_TEST(again.dates.empty());
  BOOST_TEST(again.concerts.empty());
  BOOST_TEST(again.dates_there == 2);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
  TourDate more = tour[0].dates[0];
  more.starts_at = more.starts_at + kDay_ms;
  tour[0].dates.push_back(more);
  const auto third = import();
  BOOST_TEST(third.dates.size() == 1U);
  BOOST_TEST(third.touched.size() == 1U);
  BOOST_TEST(
      services->number("SELECT price FROM seat WHERE concert_date_id = ? AND seat_number = 3",
                       {third.dates.at(0)}) == 300);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_contradiction_is_named_and_nothing_is_added) {
  import();
  const std::int64_t before = dates();
  tour[0].dates.push_back(tour[0].dates[0]);
  tour[0].dates[1].starts_at = tour[0].dates[1].starts_at + kDay_ms;
  tour[1].dates[0].prices = {101};
  BOOST_TEST(refusal().find("concerts[1].dates[0]: ") == 0U);
  BOOST_TEST(refusal().find("seat 1 costs 100, the file says 101") != std::string::npos);
  tour[1].dates[0].prices = {100, 100};
  BOOST_TEST(refusal().find("it has 1 of them, the file says 2") != std::string::npos);
  tour[1].dates[0].prices = {100};
  tour[1].dates[0].venue = "Annex";
  BOOST_TEST(refusal().find("another venue: ``, the file says `Annex`") != std::string::npos);
  BOOST_TEST(dates() == before);
}

BOOST_AUTO_TEST_CASE(a_date_that_has_passed_is_refused_unless_it_is_there) {
  import();
  services->execute("UPDATE concert_date SET starts_at = starts_at - INTERVAL 60 DAY");
  for (TourConcert& each : tour) {
    each.dates[0].starts_at = each.dates[0].starts_at + -60 * kDay_ms;
  }
  BOOST_TEST(import().dates_there == 2);
  tour[1].dates[0].starts_at = tour[1].dates[0].starts_at + 1000;
  BOOST_TEST(refusal().find("has passed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_fits_two_concerts_is_refused) {
  backend().concerts.add("Other", "Hall");
  backend().concerts.add("Other", "Hall");
  BOOST_TEST(refusal().find("which of them is meant") != std::string::npos);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE title = 'Winter Journey'") == 0);
}

BOOST_AUTO_TEST_CASE(of_many_concerts_with_the_name_ten_are_named) {
  for (int i = 0; i < 25; ++i) backend().concerts.add("Other", "Hall");
  BOOST_TEST(refusal().find(" and 15 more are all called `Other`") != std::string::npos, refusal());
}

BOOST_AUTO_TEST_CASE(of_four_at_once_one_adds) {
  const auto results = race(settings, 4, [&](Services& mine, int) {
    return static_cast<int>(import_tour(mine.app.backend.db, tour, kImport).dates.size());
  });
  BOOST_TEST(count_of(results, 2) == 1);
  BOOST_TEST(count_of(results, 0) == 3);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE venue = 'Hall'") == 2);
}

BOOST_AUTO_TEST_CASE(without_the_lock_imports_at_once_double_a_concert) {
  BOOST_TEST(happens_within(50, [&] {
    services->execute("DELETE FROM concert WHERE venue = 'Nowhere'");
    race(settings, 4, [&](Services& mine, int) {
      Stores& backend = mine.stores;
      return status_of([&] {
        run_transaction(backend.db, [&] {
          if (ConcertNames(backend.db).alike("Winter Journey", "Nowhere").empty())
            backend.concerts.add("Winter Journey", "Nowhere");
        });
      });
    });
    return services->number("SELECT COUNT(*) FROM concert WHERE venue = 'Nowhere'") > 1;
  }));
}

BOOST_AUTO_TEST_CASE(of_an_import_and_an_addition_at_once_one_adds_the_concert) {
  tour.pop_back();
  const auto results = race(settings, 4, [&](Services& mine, int i) {
    Session& db = mine.app.backend.db;
    try {
      if (i % 2 == 0) return static_cast<int>(import_tour(db, tour, kImport).concerts.size());
      ChangeCatalogue(db, kImport).add_concert({" winter  JOURNEY", "Hall"});
      return 1;
    } catch (const ChangeRefused&) {
      return 0;
    }
  });
  BOOST_TEST(count_of(results, 1) == 1);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE venue = 'Hall'") == 1);
}

BOOST_AUTO_TEST_CASE(a_concert_without_a_key_is_found_however_its_name_is_written) {
  import();
  tour[0].title = " winter  journey\xC2\xA0";
  tour[1].title = "OTHER";
  BOOST_TEST(import().concerts.empty());
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE title = 'Winter Journey'") == 1);
  tour[0].title = "Caf\xC3\xA9";
  BOOST_TEST(import().concerts.size() == 1U);
  tour[0].title = "Cafe\xCC\x81";
  BOOST_TEST(import().concerts.empty());
}

BOOST_AUTO_TEST_CASE(what_the_file_says_of_a_concert_found_by_its_name_is_changed_but_the_name) {
  import();
  keyed[0].key = keyed[0].dates[0].key = "";
  keyed[0].title = "WINTER JOURNEY";
  keyed[0].description = "Songs";
  BOOST_TEST(changed() == "description >Songs");
  keyed[0].description = std::nullopt;
  keyed[0].time_zone = "Asia/Seoul";
  BOOST_TEST(changed() == "timeZone UTC>Asia/Seoul");
  BOOST_TEST(changed() == "");
  BOOST_TEST(services->text("SELECT CONCAT(title, ':', description, ':', time_zone) FROM concert "
                            "WHERE title LIKE 'winter%'") == "Winter Journey:Songs:Asia/Seoul");
}

BOOST_AUTO_TEST_CASE(a_corrected_start_without_a_key_adds_no_second_date) {
  import();
  tour[0].dates[0].starts_at = tour[0].dates[0].starts_at + 1'800'000;
  const std::int64_t before = dates();
  BOOST_TEST(has(refusal(), "concerts[0].dates[0]: concert"), refusal());
  BOOST_TEST(has(refusal(), "less than two hours"), refusal());
  BOOST_TEST(dates() == before);
  BOOST_TEST(import({{.near = true}}).dates.size() == 1U);
}

BOOST_AUTO_TEST_CASE(dates_of_the_file_that_are_near_each_other_are_refused) {
  tour[0].dates.push_back(tour[0].dates[0]);
  tour[0].dates[1].starts_at = tour[0].dates[1].starts_at + (kDatesApart_ms - 1);
  BOOST_TEST(has(refusal(), "less than two hours"), refusal());
  tour[0].dates[1].starts_at = tour[0].dates[1].starts_at + 1;
  BOOST_TEST(import().dates.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_key_finds_a_concert_and_a_date_and_changes_them) {
  BOOST_TEST(changed() == "");
  BOOST_TEST(changed() == "");
  const auto before = winter_dates().at(0);
  const Instant later = before.starts_at + 1'800'000;
  keyed[0].title = "Summer Journey";
  keyed[0].venue = "Arena";
  keyed[0].image_url = "/summer.jpg";
  keyed[0].dates[0].starts_at = later;
  keyed[0].dates[0].venue = "Small Arena";
  keyed[0].dates[0].prices = {500, 600, 600, 700};
  BOOST_TEST(changed() ==
             fmt::format("title Winter Journey>Summer Journey; venue Hall>Arena; imageUrl "
                         ">/summer.jpg; startsAt {}>{}; venue >Small Arena; price of seats 2-2 "
                         "500>600; price of seats 3-3 300>600; seats 3>4",
                         before.starts_at.rfc3339(), later.rfc3339()));
  BOOST_TEST(changed() == "");
  const auto after = winter_dates();
  BOOST_REQUIRE(after.size() == 1U);
  BOOST_CHECK(after[0].id == before.id && after[0].starts_at == later);
  BOOST_TEST(after[0].seat_count == 4);
  BOOST_TEST(services->text("SELECT GROUP_CONCAT(price ORDER BY seat_number) FROM seat WHERE "
                            "concert_date_id = ?",
                            {before.id}) == "500,600,600,700");
  BOOST_TEST(backend().admin_actions.newest(10).size() == 2U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(when_a_date_is_sold_is_imported_and_changed) {
  const Instant start = keyed[0].dates[0].starts_at;
  keyed[0].dates[0].on_sale_at = start + -kDay_ms;
  changed();
  BOOST_CHECK(winter_dates().at(0).on_sale_at == start + -kDay_ms);
  keyed[0].dates[0].on_sale_at = std::optional<Instant>();
  keyed[0].dates[0].sales_end_at = start + 60'000;
  BOOST_TEST(changed() == fmt::format("onSaleAt {}>; salesEndAt >{}", (start + -kDay_ms).rfc3339(),
                                      (start + 60'000).rfc3339()));
  keyed[0].dates[0].sales_end_at = std::nullopt;
  keyed[0].dates[0].starts_at = start + kDay_ms;
  changed();
  BOOST_CHECK(winter_dates().at(0).sales_end_at == start + (kDay_ms + 60'000));
  keyed[0].dates[0].sales_end_at = start;
  keyed[0].dates[0].on_sale_at = start;
  BOOST_TEST(has(refusal_of_keyed(), "concerts[0].dates[0]: the sale would begin"), refusal());
}

BOOST_AUTO_TEST_CASE(what_was_added_without_a_key_takes_the_one_of_the_file) {
  import();
  BOOST_TEST(changed() == "key >winter; key >night 1");
  BOOST_TEST(changed() == "");
  keyed[0].title = "Summer Journey";
  BOOST_TEST(changed() == "title Winter Journey>Summer Journey");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE venue = 'Hall'") == 2);
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_the_same_and_does_nothing) {
  changed();
  keyed[0].title = "Summer Journey";
  keyed[0].dates.push_back(keyed[0].dates[0]);
  keyed[0].dates[1].key = "night 2";
  keyed[0].dates[1].starts_at = keyed[0].dates[1].starts_at + kDay_ms;
  const std::int64_t before = dates();
  BOOST_TEST(changed({.is_dry_run = true}) == "title Winter Journey>Summer Journey");
  BOOST_TEST(import_tour(backend().db, keyed, kImport, {.is_dry_run = true}).dates.size() == 1U);
  BOOST_TEST(winter().texts.title == "Winter Journey");
  BOOST_TEST(dates() == before);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
  BOOST_TEST(changed() == "title Winter Journey>Summer Journey");
  BOOST_TEST(dates() == before + 1);
}

BOOST_AUTO_TEST_CASE(dates_with_keys_may_change_places) {
  keyed[0].dates.push_back(keyed[0].dates[0]);
  keyed[0].dates[1].key = "night 2";
  keyed[0].dates[1].starts_at = keyed[0].dates[1].starts_at + kDay_ms;
  changed();
  const auto before = winter_dates();
  std::swap(keyed[0].dates[0].starts_at, keyed[0].dates[1].starts_at);
  changed();
  const auto after = winter_dates();
  BOOST_CHECK(after[0].id == before[1].id && after[1].id == before[0].id);
  BOOST_CHECK(after[0].starts_at == before[0].starts_at);
}

BOOST_AUTO_TEST_CASE(a_move_says_how_many_tickets_it_concerns) {
  changed();
  const DateId night = winter_dates().at(0).id;
  const TokenClaims payer = services->enter_with(user(1), 5000);
  app().payments.pay(payer, payment_of(services->hold(payer, night, {1, 2})));
  services->hold(services->enter(user(2)), night, {3});
  keyed[0].dates[0].starts_at = keyed[0].dates[0].starts_at + kDay_ms;
  const auto moved = import_tour(backend().db, keyed, kImport);
  BOOST_REQUIRE(moved.changes.size() == 1U);
  BOOST_TEST(moved.changes[0].tickets.sold == 2);
  BOOST_TEST(moved.changes[0].tickets.held == 1);
}

BOOST_AUTO_TEST_CASE(a_change_that_cannot_be_made_is_refused_whole) {
  changed();
  const auto unchanged = [&] {
    return winter().texts.title == "Winter Journey" && winter_dates().size() == 1U;
  };
  const Tour good = keyed;
  keyed[0].title = "Summer Journey";
  const Tour renamed = keyed;
  keyed[0].dates[0].prices.pop_back();
  BOOST_TEST(has(refusal_of_keyed(), "loses no seats"), refusal());
  keyed = renamed;
  keyed[0].dates[0].starts_at = backend().db.now() + -1000;
  BOOST_TEST(has(refusal_of_keyed(), "has passed"), refusal());
  keyed = renamed;
  keyed[0].dates[0].key = "another night";
  BOOST_TEST(has(refusal_of_keyed(), "with the key `night 1`"), refusal());
  keyed = renamed;
  keyed.push_back(good[0]);
  keyed[1].key = "winter 2";
  keyed[1].place = "concerts[1]";
  keyed[1].title = "summer journey";
  BOOST_TEST(has(refusal_of_keyed(), "concerts[1]: there is a concert like this already"),
             refusal());
  BOOST_TEST(unchanged());
  BOOST_TEST(refusal_of_keyed({{.same = true}}) == "");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE title LIKE 'summer%'") == 2);
}

BOOST_AUTO_TEST_CASE(a_concert_is_not_renamed_to_another_ones_name) {
  import();
  changed();
  keyed[0].title = "Other ";
  BOOST_TEST(has(refusal_of_keyed(), "there is a concert like this already"), refusal());
}

// What a cluster compares when transactions of two nodes commit are the rows that they wrote: a row
// that was only locked stops no other node.
BOOST_AUTO_TEST_CASE(an_import_writes_the_row_of_its_lock_before_it_looks_at_anything) {
  const auto taken = [&] {
    return services->number("SELECT taken FROM named_lock WHERE name = 'import'");
  };
  const std::int64_t before = taken();
  std::vector<std::string> texts;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("TRANSACTION") == std::string_view::npos) texts.emplace_back(sql);
  });
  import();
  BOOST_REQUIRE(!texts.empty());
  BOOST_TEST(texts[0].find("UPDATE named_lock SET taken") != std::string::npos, texts[0]);
  BOOST_TEST(taken() == before + 1);
  import();  // adds nothing
  BOOST_TEST(taken() == before + 2);
}

BOOST_AUTO_TEST_CASE(an_import_beside_one_that_takes_long_says_so_and_adds_nothing) {
  Session other(settings.database, nullptr);
  const std::int64_t before = dates();
  {
    const Transaction holding(other);
    take_lock(other, "import");
    // The test needs a transaction that stays open though it is silent.
    other.run_text(tests_mysql() ? "SET SESSION wait_timeout = 600"
                                 : "SET SESSION idle_transaction_timeout = 600");
    backend().db.run_text("SET SESSION innodb_lock_wait_timeout = 1");
    std::string busy;
    try {
      import();
    } catch (const Busy& error) {
      busy = error.what();
    }
    BOOST_TEST(busy == "another import, or another change of concerts and dates, is under way");
    BOOST_TEST(dates() == before);
  }
  BOOST_TEST(import().dates.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
