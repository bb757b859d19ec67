#include "store/sale/concert_store.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(concert_store_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(concerts_come_in_order_of_id_in_pages) {
  const ConcertId second = backend().concerts.add("Second", "Elsewhere");
  const ConcertId third = backend().concerts.add("Third", "Elsewhere");
  auto page = backend().concerts.page(kMainQueue, ConcertId{0}, 2);
  BOOST_REQUIRE(page.size() == 2U);
  BOOST_CHECK(page[0].id == concert);
  BOOST_CHECK(page[1].id == second);
  page = backend().concerts.page(kMainQueue, second, 2);
  BOOST_REQUIRE(page.size() == 1U);
  BOOST_CHECK(page[0].id == third);
  BOOST_TEST(page[0].title == "Third");
}

BOOST_AUTO_TEST_CASE(the_next_date_is_the_earliest_that_has_not_begun) {
  const DateId soon = add_date(1);
  services->execute(
      "UPDATE concert_date SET starts_at = NOW(3) + INTERVAL 1 HOUR WHERE concert_date_id = ?",
      {soon});
  const auto next = [&] {
    return backend().concerts.page(kMainQueue, ConcertId{0}, 1).at(0).next_starts_at;
  };
  BOOST_TEST(next()->rfc3339() ==
             backend().concerts.bookable_dates(concert)->dates.at(0).starts_at.rfc3339());
  services->execute("UPDATE concert_date SET starts_at = NOW(3) - INTERVAL concert_date_id SECOND");
  BOOST_TEST(!next());
  BOOST_TEST(backend().concerts.bookable_dates(concert)->dates.empty());
  BOOST_TEST(backend().concerts.all_dates(concert)->dates.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_date_needs_its_concert_and_a_time_to_come) {
  const Instant now = backend().db.now();
  BOOST_TEST(!backend().concerts.add_date(ConcertId{999'999'999}, now + 60'000, 1));
  BOOST_TEST(!backend().concerts.add_date(concert, now + -1, 1));
  BOOST_TEST(backend().concerts.add_date(concert, now + 60'000, 1).has_value());
}

BOOST_AUTO_TEST_CASE(a_date_may_have_a_thousand_seats) {
  const DateId large = add_date(kMaxPlainSeats);
  BOOST_TEST(backend().seats.of_dates({large}).front().second.seats.size() == 2000U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_concert_has_no_dates) {
  BOOST_TEST(!backend().concerts.bookable_dates(ConcertId{999'999'999}));
  BOOST_TEST(!backend().concerts.all_dates(ConcertId{999'999'999}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
