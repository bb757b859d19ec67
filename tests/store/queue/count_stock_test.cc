#include "service/queue/count_stock.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "service/admin/block_seats.h"
#include "service/admin/cancel_date.h"
#include "service/points/refunds.h"
#include "service/sale/reservations.h"
#include "support/own_queue.h"

namespace concert::test {
namespace {

struct StockOfAQueue : OneDateInOwnQueue {
  // "available held"; empty if there is no stock.
  std::string seats() {
    const auto stock = counted();
    return stock ? std::to_string(stock->available) + " " + std::to_string(stock->held) : "";
  }
  TokenClaims enter_own_with(int number, Points balance) {
    const TokenClaims claims = enter_own(number);
    services->charge(claims, balance);
    return claims;
  }
  void set_terms(const char* change) {
    services->execute(std::string("UPDATE concert_date SET ") + change);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(count_stock_test, StockOfAQueue)

BOOST_AUTO_TEST_CASE(the_main_queue_and_one_without_a_date_on_sale_have_no_stock) {
  BOOST_TEST(seats() == "50 0");
  CountStock count(backend().db);
  BOOST_CHECK(!count.now(kMainQueue, backend().queues.read(kMainQueue)));
  const QueueId empty = add_queue(backend().db, "empty", kBySue);
  BOOST_CHECK(!count.now(empty, backend().queues.read(empty)));
  for (const auto& [change, back] :
       {std::pair{"on_sale_at = NOW(3) + INTERVAL 1 HOUR", "on_sale_at = NULL"},
        {"stopped_at = NOW(3)", "stopped_at = NULL"},
        {"sales_end_at = NOW(3)", "sales_end_at = NULL"}}) {
    set_terms(change);
    BOOST_TEST(seats() == "", change);
    set_terms(back);
    BOOST_TEST(seats() == "50 0", back);
  }
  services->execute("UPDATE concert SET visible_from = NOW(3) + INTERVAL 1 HOUR");
  BOOST_TEST(seats() == "");
  services->execute("UPDATE concert SET visible_from = NOW(3) - INTERVAL 1 HOUR");
  BOOST_TEST(seats() == "50 0");
  set_terms("on_sale_at = NOW(3) - INTERVAL 1 HOUR");
  BOOST_TEST(seats() == "50 0");
}

BOOST_AUTO_TEST_CASE(a_seat_of_a_plain_date_is_free_held_or_sold) {
  const TokenClaims buyer = enter_own_with(1, 50'000);
  const ReservationId held = services->hold(buyer, date, {1, 2, 3});
  BOOST_TEST(seats() == "47 3");
  app().payments.pay(buyer, payment_of(held));
  BOOST_TEST(seats() == "47 0");
  const TokenClaims other = enter_own(2);
  services->hold(other, date, {4, 5});
  BOOST_TEST(seats() == "45 2");
  services->lapse_holds();
  BOOST_TEST(seats() == "47 0");
  services->hold(enter_own(3), date, {4});
  BOOST_TEST(seats() == "46 1");
  services->maintain.run();
  BOOST_TEST(seats() == "46 1");
  block_seats(backend().db, date, {50}, kBySue);
  BOOST_TEST(seats() == "45 1");
}

BOOST_AUTO_TEST_CASE(a_seat_of_a_hall_is_free_held_or_sold) {
  set_terms("stopped_at = NOW(3)");
  const DateId hall = add_hall(hall_of(3, 2, 5));
  BOOST_TEST(seats() == "30 0");
  const TokenClaims buyer = enter_own_with(1, 50'000);
  const ReservationId held = services->hold(buyer, hall, {1, 2, 11});
  BOOST_TEST(seats() == "27 3");
  app().payments.pay(buyer, payment_of(held));
  BOOST_TEST(seats() == "27 0");
  services->hold(enter_own(2), hall, {4, 5});
  BOOST_TEST(seats() == "25 2");
  services->lapse_holds();
  BOOST_TEST(seats() == "27 0");
  // Claimed by two reservations until the lapse is noted.
  services->hold(enter_own(3), hall, {4});
  BOOST_TEST(seats() == "26 1");
  services->maintain.run();
  BOOST_TEST(seats() == "26 1");
  refund_payment(backend().db, payment_of(held), kBySue);
  BOOST_TEST(seats() == "29 1");
}

BOOST_AUTO_TEST_CASE(the_dates_of_a_queue_are_added_up_and_those_of_others_are_not) {
  add_hall(hall_of(1, 2, 5));
  add_date(7);
  BOOST_TEST(seats() == "67 0");
  services->hold(enter_own(1), date, {1});
  BOOST_TEST(seats() == "66 1");
  concert = backend().concerts.add("Another", "Elsewhere");
  const DateId elsewhere = add_date(9);
  services->hold(services->enter(user(2)), elsewhere, {1});
  BOOST_TEST(seats() == "66 1");
}

BOOST_AUTO_TEST_CASE(no_seat_of_a_hall_is_read) {
  set_terms("stopped_at = NOW(3)");
  add_hall(hall_of(3, 2, 5));
  bool reads_seats = false;
  backend().db.observe([&](std::string_view sql, const auto&) {
    reads_seats = reads_seats || sql.find("FROM seat") != std::string_view::npos;
  });
  BOOST_TEST(seats() == "30 0");
  BOOST_TEST(!reads_seats);
  set_terms("stopped_at = NULL");
  BOOST_TEST(seats() == "80 0");
  BOOST_TEST(reads_seats);
  backend().db.observe({});
}

BOOST_AUTO_TEST_CASE(a_sold_out_queue_has_no_seat) {
  const TokenClaims buyer = enter_own_with(1, 50'000);
  settings.seat_limit = 50;
  compose();
  SeatNumbers all;
  for (SeatNumber seat = 1; seat <= 50; ++seat) all.push_back(seat);
  const ReservationId held = services->hold(buyer, date, all);
  BOOST_TEST(seats() == "0 50");
  BOOST_CHECK(outlook_of(*counted(), 1) == Outlook::unlikely);
  app().payments.pay(buyer, payment_of(held));
  BOOST_TEST(seats() == "0 0");
  BOOST_CHECK(outlook_of(*counted(), 1) == Outlook::sold_out);
}

BOOST_AUTO_TEST_CASE(users_inside_choose_until_they_hold) {
  const TokenClaims first = enter_own(1);
  enter_own(2);
  BOOST_TEST(counted()->choosing == 2);
  services->hold(first, date, {1});
  services->hold(first, date, {2});
  BOOST_TEST(counted()->choosing == 1);
  services->lapse_holds();
  BOOST_TEST(counted()->choosing == 2);
}

BOOST_AUTO_TEST_CASE(each_visit_that_ended_counts_with_what_it_paid_for) {
  const auto visits = [&] {
    const Stock stock = *counted();
    return std::to_string(stock.ended_visits) + " " + std::to_string(stock.bought_seats);
  };
  const TokenClaims buyer = enter_own_with(1, 50'000);
  BOOST_TEST(visits() == "0 0");
  const PaymentId one = payment_of(services->hold(buyer, date, {1, 2}));
  const PaymentId two = payment_of(services->hold(buyer, date, {3}));
  app().payments.pay_all(buyer, {one, two});
  BOOST_TEST(visits() == "1 3");
  app().payments.pay_all(buyer, {one, two});
  BOOST_TEST(visits() == "1 3");
  app().leave_queue.run(enter_own(2));
  BOOST_TEST(visits() == "2 3");
  for (const int number : {3, 4}) services->lapse(enter_own(number));
  services->maintain.run();
  BOOST_TEST(visits() == "4 3");
  // Waits are no visits.
  settings.active_limit = 1;
  compose();
  enter_own(5);
  app().leave_queue.run(enter_own(6));
  services->lapse(enter_own(7));
  services->maintain.run();
  BOOST_TEST(visits() == "4 3");
}

BOOST_AUTO_TEST_CASE(a_stock_is_kept_for_half_a_second_where_that_is_enough) {
  CountStock count(backend().db);
  const QueueRow row = backend().queues.read(own);
  BOOST_TEST(count.lately(own, row)->available == 50);
  services->hold(enter_own(1), date, {1});
  const auto before = backend().db.round_trips();
  BOOST_TEST(count.lately(own, row)->available == 50);
  BOOST_TEST(backend().db.round_trips() == before);
  BOOST_TEST(count.now(own, row)->available == 49);
  std::this_thread::sleep_for(std::chrono::milliseconds(CountStock::kKept_ms + 10));
  BOOST_TEST(count.lately(own, row)->available == 49);
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_user_who_waits_has_the_stock_that_was_published) {
  settings.active_limit = 1;
  compose();
  const TokenClaims inside = enter_own(1);
  const TokenClaims waiting = enter_own(2);
  services->maintain.run();
  const auto before = backend().db.round_trips();
  const TokenAnswer answer = ask(waiting);
  BOOST_TEST(backend().db.round_trips() == before);
  BOOST_REQUIRE(answer.stock);
  BOOST_TEST(answer.stock->available == 50);
  BOOST_CHECK(answer.stock->outlook == Outlook::likely);
  BOOST_CHECK(!ask(inside).stock);
  settings.active_limit = 1;
  compose();
  services->enter(user(3));
  BOOST_CHECK(!ask(services->enter(user(4))).stock);
}

BOOST_AUTO_TEST_CASE(without_memcached_an_answer_has_the_stock_of_the_database) {
  settings.active_limit = 1;
  settings.memcached_servers = "";
  compose();
  enter_own(1);
  const TokenClaims waiting = enter_own(2);
  BOOST_REQUIRE(ask(waiting).stock);
  BOOST_TEST(ask(waiting).stock->available == 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
