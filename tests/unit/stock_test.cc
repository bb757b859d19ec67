#include "domain/stock.h"

#include <boost/test/unit_test.hpp>

namespace concert {
namespace {

Stock free_seats(std::int64_t available) {
  Stock stock;
  stock.available = available;
  return stock;
}

std::string outlook(const Stock& stock, std::int64_t position) {
  return std::string(to_text(outlook_of(stock, position)));
}

// The first position that is not likely to get a seat.
std::int64_t first_unlikely(const Stock& stock) {
  std::int64_t position = 1;
  while (outlook(stock, position) == "LIKELY") ++position;
  return position;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stock_test)

BOOST_AUTO_TEST_CASE(sold_out_is_said_only_when_no_seat_is_free_or_held) {
  Stock stock;
  BOOST_TEST(outlook(stock, 1) == "SOLD_OUT");
  BOOST_TEST(outlook(stock, 1'000'000) == "SOLD_OUT");
  stock.held = 1;
  BOOST_TEST(outlook(stock, 1) == "UNLIKELY");
  stock.held = 0;
  stock.available = 1;
  BOOST_TEST(outlook(stock, 1'000'000) == "UNLIKELY");
  BOOST_TEST(outlook(stock, 1) == "LIKELY");
}

BOOST_AUTO_TEST_CASE(who_comes_first_takes_two_seats_while_nobody_has_bought_any) {
  BOOST_TEST(seats_per_visit({}) == 2.0);
  BOOST_TEST(first_unlikely(free_seats(10)) == 6);
  BOOST_TEST(first_unlikely(free_seats(11)) == 7);
}

BOOST_AUTO_TEST_CASE(users_inside_that_hold_no_seat_come_first_too) {
  Stock stock = free_seats(11);
  stock.choosing = 4;
  BOOST_TEST(first_unlikely(stock) == 3);
  stock.choosing = 6;
  BOOST_TEST(first_unlikely(stock) == 1);
}

BOOST_AUTO_TEST_CASE(held_seats_count_as_taken) {
  Stock stock = free_seats(3);
  stock.held = 1000;
  BOOST_TEST(first_unlikely(stock) == 3);
}

BOOST_AUTO_TEST_CASE(the_average_follows_what_visits_took_and_the_first_few_do_not_decide_alone) {
  Stock stock = free_seats(1000);
  stock.ended_visits = 1;
  stock.bought_seats = 4;
  BOOST_TEST(seats_per_visit(stock) > 2.0);
  BOOST_TEST(seats_per_visit(stock) < 2.5);
  stock.ended_visits = 100'000;
  stock.bought_seats = 400'000;
  BOOST_TEST(first_unlikely(stock) == 252);
}

BOOST_AUTO_TEST_CASE(the_average_is_never_less_than_a_seat) {
  Stock stock = free_seats(1000);
  stock.ended_visits = 100'000;
  BOOST_TEST(seats_per_visit(stock) == 1.0);
  BOOST_TEST(first_unlikely(stock) == 1001);
}

BOOST_AUTO_TEST_CASE(no_position_is_too_great) {
  Stock stock = free_seats(60'000);
  stock.bought_seats = INT64_MAX / 2;
  BOOST_TEST(outlook(stock, INT64_MAX) == "UNLIKELY");
  BOOST_TEST(outlook(stock, 1) == "LIKELY");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
