#include "service/admin/import_dates.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "base/encoding.h"
#include "http/to_json.h"
#include "service/admin/cancel_date.h"
#include "service/admin/change_catalogue.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

const AdminAction kHallImport{"alice@web1", "concert import", ""};
constexpr std::int64_t kHallDay_ms = 86'400'000;

// A tour of one concert with one date in a hall.
struct OneHallTour : OneDateOfFiftySeats {
  OneHallTour() { use(hall_of(2, 2, 5)); }
  void use(Layout layout) {
    TourDate night{starts_at, {}, "concerts[0].dates[0]"};
    night.layout = std::move(layout);
    night.accessible = {1, 12};
    tour = {{"Winter Journey", "Arena", {night}, "concerts[0]"}};
  }
  void use_keys() {
    tour[0].key = "winter";
    tour[0].dates[0].key = "night";
  }
  TourDate& night() { return tour[0].dates[0]; }
  ImportedTour import(const ImportTerms& terms = {}) {
    return import_tour(backend().db, tour, kHallImport, terms);
  }
  std::string refusal() {
    return change_refused([&] { import(); });
  }
  bool refuses_because(const std::string& part) {
    const std::string told = refusal();
    BOOST_TEST_MESSAGE("refused: " << told);
    return told.find(part) != std::string::npos;
  }
  // What an import says that it changed.
  std::string changed(const ImportTerms& terms = {}) {
    std::string text;
    for (const ImportChange& one : import(terms).changes) {
      text += fmt::format("{}{} {}>{}", text.empty() ? "" : "; ", one.change.field, one.change.was,
                          one.change.is);
    }
    return text;
  }
  const Instant starts_at = backend().db.now() + 30 * kHallDay_ms;
  Tour tour;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(import_dates_test, OneHallTour)

BOOST_AUTO_TEST_CASE(a_hall_is_imported_with_its_sections_rows_and_seats) {
  const DateId hall = import().dates.at(0);
  const DateRecord record = *backend().catalogue.date(hall);
  BOOST_TEST(record.seat_count == 20);
  BOOST_TEST(record.has_layout);
  BOOST_CHECK(record.starts_at == starts_at);
  BOOST_CHECK(backend().halls.layout(hall).at(1).rows == night().layout.at(1).rows);
  BOOST_TEST(backend().halls.accessible(hall) == night().accessible,
             boost::test_tools::per_element());
  const auto seats = backend().seats.range(hall, 10, 11);
  BOOST_TEST(seats.at(0).price == 2 * kSeatPrice);
  BOOST_TEST(seats.at(1).price == kSeatPrice);
  BOOST_TEST(services->breaches() == "");
  BOOST_TEST(import().dates_there == 1);
}

BOOST_AUTO_TEST_CASE(a_hall_of_60000_seats_is_imported_whole) {
  use(hall_of(500, 6, 20));
  const DateId hall = import().dates.at(0);
  const DateRecord record = *backend().catalogue.date(hall);
  BOOST_TEST(record.seat_count == kMaxSeats);
  BOOST_TEST(backend().halls.on_sale({kMainQueue, record.concert, hall}).size() == 500U);
  BOOST_TEST(backend().seats.range(hall, 59'881, 60'000).size() == 120U);
  const TokenClaims buyer = services->enter_with(user(1), 50'000);
  app().payments.pay(buyer, payment_of(services->hold(buyer, hall, {1, 60'000})));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(another_layout_without_a_key_is_named_and_nothing_is_added) {
  import();
  const Layout was = night().layout;
  const auto refuses_with = [&](const auto& change, const std::string& part) {
    night().layout = was;
    change(night().layout);
    return refuses_because(part);
  };
  BOOST_TEST(refuses_with([](Layout& layout) { layout[0].price = 7; },
                          "those of section `101` cost 2000, the file says 7"));
  BOOST_TEST(refuses_with([](Layout& layout) { layout[1].name = "B"; },
                          "its section 2 is `102`, the file says `B`"));
  BOOST_TEST(refuses_with([](Layout& layout) { layout[1].category = "T"; },
                          "is of the category `S`, the file says `T`"));
  BOOST_TEST(refuses_with([](Layout& layout) { layout[0].rows[1].name = "Z"; },
                          "the rows of its section `101` are not those of the file"));
  BOOST_TEST(refuses_with([](Layout& layout) { layout.pop_back(); },
                          "it has 2 sections, the file says 1"));
  night().layout = was;
  night().accessible = {1};
  BOOST_TEST(refuses_because("its accessible seats are not those of the file"));
  night().layout.clear();
  night().prices = {1, 2};
  BOOST_TEST(refuses_because("with a layout, which the file lacks"));
}

BOOST_AUTO_TEST_CASE(with_a_key_the_prices_of_a_hall_change_and_its_layout_does_not) {
  use_keys();
  const DateId hall = import().dates.at(0);
  const TokenClaims buyer = services->enter(user(1));
  const ReservationId held = services->hold(buyer, hall, {1});
  night().layout[0].price = 7;
  const std::string change = "price of section 101 2000>7";
  BOOST_TEST(changed({{}, true}) == change);
  BOOST_TEST(changed() == change);
  BOOST_TEST(changed() == "");
  BOOST_TEST(backend().seats.range(hall, 10, 10).at(0).price == 7);
  BOOST_TEST(backend().halls.sections_of(hall).at(0).price == 7);
  BOOST_TEST(backend().reservations.record(held)->reservation.total == 2 * kSeatPrice);
  night().layout[1].rows[0].name = "Z";
  BOOST_TEST(refuses_because("another layout than the file: the rows of its section `102`"));
  night().layout.clear();
  night().prices = std::vector<Points>(20, 5);
  BOOST_TEST(refuses_because("another layout than the file: the date has a layout"));
  BOOST_TEST(services->breaches() == "");
}

// So that its list of dates fits into an entry of memcached.
BOOST_AUTO_TEST_CASE(a_concert_has_at_most_1000_dates_to_come_and_their_list_is_cached) {
  services->execute("UPDATE concert_date SET starts_at = NOW(3)");
  std::string venue;
  for (int i = 0; i < 200; ++i) venue += "\U0001F3B5";
  tour[0].venue = venue;
  tour[0].dates.clear();
  for (int day = 0; day < 1001; ++day) {
    TourDate one{starts_at + day * kHallDay_ms, {100}, fmt::format("concerts[0].dates[{}]", day)};
    one.venue = venue;
    one.on_sale_at = starts_at + -kHallDay_ms;
    one.sales_end_at = one.starts_at;
    tour[0].dates.push_back(std::move(one));
  }
  BOOST_TEST(refuses_because("at most 1000 dates"));
  tour[0].dates.pop_back();
  const DateId first = import().dates.at(0);
  const ConcertId many{
      services->number("SELECT concert_id FROM concert_date WHERE concert_date_id = ?", {first})};
  const TokenClaims buyer = services->enter(user(1));
  const auto list = [&] {
    return app().catalogue.dates(
        buyer, many, [](const BookableDates& dates) { return json_text(to_json(dates)); });
  };
  const std::string text = list().text;
  BOOST_TEST(text.size() > 900'000U);
  // Ids of concerts and dates may have 16 digits.
  BOOST_TEST(text.size() + 1000 * 16 + 1000 < 1024 * 1024 - 1000, text.size());
  BOOST_TEST(list().hit);
  ChangeCatalogue change(backend().db, kHallImport, {true, true});
  BOOST_TEST(change_refused([&] {
               change.add_date({many, starts_at + 2000 * kHallDay_ms, "", 2, 100});
             }).find("at most 1000 dates") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_date_without_a_layout_gets_none) {
  use_keys();
  const Layout layout = std::exchange(night().layout, {});
  night().prices = std::vector<Points>(20, 5);
  import();
  night().layout = layout;
  night().prices.clear();
  BOOST_TEST(refuses_because("another layout than the file: the date has none"));
}

BOOST_AUTO_TEST_CASE(a_cancelled_hall_is_not_repriced) {
  use_keys();
  CancelDate(backend().db, kHallImport).begin(import().dates.at(0));
  BOOST_TEST(import().dates_there == 1);
  night().layout[0].price = 7;
  BOOST_TEST(refuses_because("was cancelled"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
