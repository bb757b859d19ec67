#include "service/sale/announcements.h"

#include <boost/test/unit_test.hpp>

#include "service/admin/block_seats.h"
#include "service/admin/change_catalogue.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

constexpr std::int64_t kHour_ms = 3'600'000;

struct Announced : OneDateOfFiftySeats {
  Announcements::Page page(std::int64_t limit = 100,
                           const std::optional<CataloguePlace>& after = {},
                           const std::optional<std::string>& text = {}) {
    return app().announcements.page(limit, after, text);
  }
  std::string titles(const Announcements::Page& page) {
    std::string all;
    for (const AnnouncedConcert& one : page.concerts) all += one.texts.title + " ";
    return all;
  }
  std::string found(const std::string& text) { return titles(page(100, {}, text)); }
  ChangeCatalogue change() {
    return {backend().db, {"alice@web1", "concert set", ""}, {true, true}};
  }
  ConcertId add(const std::string& title, std::int64_t hours, Points price = 100) {
    const ConcertId id = change().add_concert({title, "Hall of " + title});
    change().add_date({id, backend().db.now() + hours * kHour_ms, "", 2, price});
    return id;
  }
  AnnouncedDate first_date(ConcertId id) {
    return app().announcements.show(id).concerts.front().dates.at(0);
  }
  // "R 2000, 1000": in order, the second without a category
  static std::string prices_of(const AnnouncedDate& date) {
    std::string text;
    for (const auto& [category, price] : date.prices)
      text += (text.empty() ? "" : ",") + category + " " + std::to_string(price);
    return text;
  }
  std::string shown(ConcertId id) {
    return refused([&] { app().announcements.show(id); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(announcements_test, Announced)

BOOST_AUTO_TEST_CASE(concerts_come_by_their_next_date_in_pages_that_follow_each_other) {
  add("C", 3);
  add("A", 1);
  add("B", 1);
  services->execute(
      "UPDATE concert_date d, (SELECT MIN(starts_at) AS at FROM concert_date) m SET d.starts_at = "
      "m.at WHERE d.concert_id IN (SELECT concert_id FROM concert WHERE title IN ('A', 'B'))");
  const auto first = page(2);
  BOOST_TEST(titles(first) == "A B ");
  BOOST_REQUIRE(first.next);
  const auto second = page(2, first.next);
  BOOST_TEST(titles(second) == "C A concert ");
  BOOST_TEST(!second.next);
}

BOOST_AUTO_TEST_CASE(a_concert_without_a_date_to_come_is_found_by_its_id_alone) {
  const ConcertId id = add("Over", 1);
  services->execute("UPDATE concert_date SET starts_at = NOW(3) WHERE concert_id = ?", {id});
  BOOST_TEST(titles(page()) == "A concert ");
  BOOST_TEST(app().announcements.show(id).concerts.front().dates.empty());
  BOOST_TEST(shown(ConcertId{999'999}) == "CONCERT_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_date_that_is_sold_after_its_beginning_is_to_come_until_its_sale_ends) {
  const ConcertId id = add("Late", 1);
  services->execute(
      "UPDATE concert_date SET real_starts_at = NOW(3) - INTERVAL 1 HOUR, sales_end_at = NOW(3) + "
      "INTERVAL 1 HOUR WHERE concert_id = ?",
      {id});
  BOOST_TEST(titles(page()) == "Late A concert ");
  services->execute(
      "UPDATE concert_date SET sales_end_at = NOW(3) - INTERVAL 1 SECOND WHERE concert_id = ?",
      {id});
  BOOST_TEST(titles(page()) == "A concert ");
  // Its sale may also end before it begins: then it is to come, and closed.
  services->execute(
      "UPDATE concert_date SET real_starts_at = NOW(3) + INTERVAL 1 HOUR WHERE concert_id = ?",
      {id});
  const auto late = app().announcements.show(id);
  BOOST_CHECK(late.concerts.front().dates.at(0).date.terms.state_at(late.now) == SaleState::closed);
}

BOOST_AUTO_TEST_CASE(a_cancelled_date_is_shown_and_does_not_list_its_concert) {
  const ConcertId id = add("Off", 1);
  services->execute(
      "UPDATE concert_date SET stopped_at = NOW(3), cancelled_at = NOW(3) WHERE concert_id = ?",
      {id});
  BOOST_TEST(titles(page()) == "A concert ");
  const auto off = app().announcements.show(id);
  BOOST_CHECK(off.concerts.front().dates.at(0).date.terms.state_at(off.now) ==
              SaleState::cancelled);
}

BOOST_AUTO_TEST_CASE(a_date_is_sold_out_while_no_seat_of_it_is_free_or_held) {
  const ConcertId id = add("Small", 24);
  const DateId small = first_date(id).date.id;
  BOOST_TEST(!first_date(id).is_sold_out);
  const TokenClaims buyer = services->enter_with(user(1), 1000);
  block_seats(backend().db, small, {1}, {"alice@web1", "seat block", ""});
  const ReservationId held = services->hold(buyer, small, {2});
  BOOST_TEST(!first_date(id).is_sold_out);
  app().payments.pay(buyer, payment_of(held));
  BOOST_TEST(first_date(id).is_sold_out);
}

BOOST_AUTO_TEST_CASE(a_date_names_each_price_once_the_least_first) {
  services->execute(
      "UPDATE seat SET price = 5000 - 1000 * (seat_number % 3) WHERE concert_date_id = ?", {date});
  BOOST_TEST(prices_of(first_date(concert)) == " 3000, 4000, 5000");
}

BOOST_AUTO_TEST_CASE(a_changed_price_is_shown_at_once) {
  BOOST_TEST(prices_of(first_date(concert)) == " 1000");
  change().set_price(date, 700, std::nullopt);
  BOOST_TEST(prices_of(first_date(concert)) == " 700");
  change().add_seats(date, 1, 900);
  BOOST_TEST(prices_of(first_date(concert)) == " 700, 900");
}

BOOST_AUTO_TEST_CASE(a_date_is_sold_out_until_a_seat_of_it_is_held_or_free_again) {
  const ConcertId id = add("Small", 24);
  const DateId small = first_date(id).date.id;
  const TokenClaims buyer = services->enter_with(user(1), 1000);
  const ReservationId held = services->hold(buyer, small, {1});
  services->hold(services->enter(user(2)), small, {2});
  BOOST_TEST(!first_date(id).is_sold_out);
  app().payments.pay(buyer, payment_of(held));
  BOOST_TEST(!first_date(id).is_sold_out);  // seat 2 is held
  services->lapse_holds();
  BOOST_TEST(!first_date(id).is_sold_out);
  const TokenClaims last = services->enter_with(user(3), 1000);
  app().payments.pay(last, payment_of(services->hold(last, small, {2})));
  BOOST_TEST(first_date(id).is_sold_out);  // the lapsed hold has no seat any more
  services->maintain.run();
  BOOST_TEST(first_date(id).is_sold_out);
}

BOOST_AUTO_TEST_CASE(a_page_reads_few_rows_however_many_seats_its_dates_have) {
  change().add_seats(date, 1950, 1000);
  const ConcertId id = add("Gone", 24);
  const DateId gone = first_date(id).date.id;
  change().add_seats(gone, 1998, 100);
  const TokenClaims buyer = services->enter_with(user(1), 1000);
  const ReservationId paid = services->hold(buyer, gone, {1});
  app().payments.pay(buyer, payment_of(paid));
  services->execute("UPDATE seat SET state = 'SOLD', reservation_id = ? WHERE concert_date_id = ?",
                    {paid, gone});
  BOOST_TEST(titles(page()) == "Gone A concert ");
  const auto read = [&] {
    auto rows = backend().db.query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    std::int64_t sum = 0;
    while (rows.next()) sum += std::stoll(rows.text(2));
    return sum;
  };
  const std::int64_t before = read();
  BOOST_TEST(titles(page()) == "Gone A concert ");
  BOOST_TEST(read() - before < 300);
  BOOST_TEST(first_date(id).is_sold_out);
  BOOST_TEST(!first_date(concert).is_sold_out);
}

BOOST_AUTO_TEST_CASE(a_hall_names_the_prices_of_its_categories_and_is_sold_out_when_all_is_sold) {
  const ConcertId id = add("Hall", 24);
  services->execute("UPDATE concert_date SET starts_at = NOW(3) WHERE concert_id = ?", {id});
  concert = id;
  Layout layout = hall_of(3, 1, 2);
  layout[1].category.clear();
  layout[2].price = kSeatPrice;
  const DateId hall = add_hall(layout);
  BOOST_TEST(prices_of(first_date(id)) == " 1000,R 1000,R 2000");
  BOOST_TEST(!first_date(id).is_sold_out);
  block_seats(backend().db, hall, {1, 2, 3, 4}, {"alice@web1", "seat block", ""});
  const TokenClaims other = services->enter(user(2));
  services->hold(other, hall, {5});
  services->lapse_holds();
  const TokenClaims buyer = services->enter_with(user(1), 5000);
  const ReservationId held = services->hold(buyer, hall, {5, 6});
  BOOST_TEST(!first_date(id).is_sold_out);  // seat 5 is claimed twice
  app().payments.pay(buyer, payment_of(held));
  BOOST_TEST(first_date(id).is_sold_out);
  services->maintain.run();
  BOOST_TEST(first_date(id).is_sold_out);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_search_finds_in_title_and_venue_whatever_the_case_or_normal_form) {
  add("Caf\u00e9 Noir", 1);
  add("\ubd04\ubc24", 2);
  BOOST_TEST(found("CAFE\u0301") == "Caf\u00e9 Noir ");
  BOOST_TEST(found("hall of caf\u00e9") == "Caf\u00e9 Noir ");
  BOOST_TEST(found("\ubc24") == "\ubd04\ubc24 ");
  BOOST_TEST(found("%") == "");
  BOOST_TEST(found("_") == "");
}

BOOST_AUTO_TEST_CASE(of_a_hidden_concert_nobody_is_told_until_its_time) {
  const ConcertId id = add("Secret", 24);
  const DateId night = first_date(id).date.id;
  const TokenClaims buyer = services->enter(user(1));
  const auto listed = [&] { return app().catalogue.concerts(buyer, ConcertId{}, 10).size(); };
  const auto dates_of = [&] {
    return refused(
        [&] { app().catalogue.dates(buyer, id, [](const BookableDates&) { return "x"; }); });
  };
  const auto seats_of = [&] { return refused([&] { app().catalogue.seats(buyer, id, night); }); };
  const auto held = [&] { return refused([&] { services->hold(buyer, night, {1}); }); };
  change().set_concert(id, {.visible_from = backend().db.now() + kHour_ms});
  BOOST_TEST(titles(page()) == "A concert ");
  BOOST_TEST(shown(id) == "CONCERT_NOT_FOUND");
  BOOST_TEST(listed() == 1U);
  BOOST_TEST(dates_of() == "CONCERT_NOT_FOUND");
  BOOST_TEST(seats_of() == "DATE_NOT_FOUND");
  BOOST_TEST(held() == "DATE_NOT_FOUND");
  // To a program of the previous release, its dates have begun.
  const std::string sold_before =
      "SELECT COUNT(*) FROM concert_date WHERE concert_id = ? AND starts_at > NOW(3)";
  BOOST_TEST(services->number(sold_before, {id}) == 0);
  services->execute("UPDATE concert SET visible_from = NOW(3) WHERE concert_id = ?", {id});
  BOOST_TEST(titles(page()) == "Secret A concert ");
  BOOST_TEST(shown(id) == "");
  BOOST_TEST(listed() == 2U);
  BOOST_TEST(dates_of() == "");
  BOOST_TEST(seats_of() == "");
  BOOST_TEST(held() == "");
  change().set_concert(id, {.visible_from = std::optional<Instant>()});
  BOOST_TEST(services->number(sold_before, {id}) == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_date_that_is_added_to_a_hidden_concert_is_hidden_too) {
  const ConcertId id = change().add_concert(
      {.title = "T", .venue = "V", .visible_from = backend().db.now() + kHour_ms});
  const DateId night = change().add_date({id, backend().db.now() + 24 * kHour_ms, "", 2, 100});
  BOOST_TEST(
      services->number(
          "SELECT COUNT(*) FROM concert_date WHERE concert_date_id = ? AND starts_at < NOW(3) "
          "AND begins_at > NOW(3)",
          {night}) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
