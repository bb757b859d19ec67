#include "service/admin/import_tour.h"

#include <boost/test/unit_test.hpp>

#include "domain/admin_action.h"
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
  }
  ImportedTour import() { return import_tour(backend().db, tour, kImport); }
  std::string refusal() {
    try {
      import();
      return "";
    } catch (const ChangeRefused& error) {
      return error.what();
    }
  }
  std::int64_t dates() { return services->number("SELECT COUNT(*) FROM concert_date"); }
  Tour tour;
};

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
          if (backend.concerts.named("Winter Journey", "Nowhere").empty())
            backend.concerts.add("Winter Journey", "Nowhere");
        });
      });
    });
    return services->number("SELECT COUNT(*) FROM concert WHERE venue = 'Nowhere'") > 1;
  }));
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
    BOOST_TEST(busy == "another import is under way");
    BOOST_TEST(dates() == before);
  }
  BOOST_TEST(import().dates.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
