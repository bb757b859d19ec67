#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "domain/admin_action.h"
#include "service/admin/cancel_date.h"
#include "service/points/refunds.h"
#include "store/sale/ticket_store.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kIll{"alice@web1", "reservation refund", "ill"};

// One user who has paid for four seats of three prices out of 10000 points.
struct FourSeatsPaid : OneDateOfFiftySeats {
  FourSeatsPaid() : payer(services->enter_with(user(1), 10'000)) {
    services->execute("UPDATE seat SET price = seat_number * 100 WHERE seat_number <= 4");
    paid = services->hold(payer, date, {1, 2, 3, 4});
    app().payments.pay(payer, payment_of(paid));
  }
  Refund refund(const SeatNumbers& seats) { return refund_seats(backend().db, paid, seats, kIll); }
  std::string refusal(const SeatNumbers& seats) {
    return change_refused([&] { refund(seats); });
  }
  Reservation shown() { return app().reservations.show(payer, paid); }
  std::int64_t balance() { return services->number("SELECT SUM(balance) FROM user"); }
  std::string owned() {
    return services->text(
        "SELECT COALESCE(GROUP_CONCAT(seat_number ORDER BY seat_number SEPARATOR ' '), '') "
        "FROM seat WHERE state = 'SOLD'");
  }
  std::string tickets() {
    std::string text;
    for (const TicketRecord& record : TicketStore(backend().db).of_date(date))
      text += fmt::format("{} {} ", record.ticket.seat, to_text(record.ticket.state));
    return text;
  }

  TokenClaims payer;
  ReservationId paid;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refund_seats_test, FourSeatsPaid)

BOOST_AUTO_TEST_CASE(some_seats_are_given_back_at_their_prices_and_the_rest_stays_paid) {
  const Refund made = refund({2, 3});
  BOOST_TEST(made.entry.amount == 500);
  BOOST_TEST(made.entry.balance_after == 9500);
  BOOST_TEST(made.seats == (SeatNumbers{2, 3}));
  BOOST_TEST(balance() == 9500);
  BOOST_TEST(owned() == "1 4");
  const Reservation now = shown();
  BOOST_CHECK(now.state == ReservationState::paid);
  BOOST_TEST(now.seats == (SeatNumbers{1, 2, 3, 4}));
  BOOST_TEST(now.refunded == (SeatNumbers{2, 3}));
  BOOST_TEST(now.total == 1000);
  BOOST_TEST(now.refunded_amount == 500);
  BOOST_TEST(tickets() == "1 VALID 2 VOID 3 VOID 4 VALID ");
  const auto recorded = backend().admin_actions.newest(10);
  BOOST_REQUIRE(recorded.size() == 1U);
  BOOST_TEST(recorded[0].action.why == "ill");
  BOOST_TEST(recorded[0].subject ==
             fmt::format(R"({{"reservationId":{},"amount":500,"seatNumbers":[2,3]}})", paid.value));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_last_seats_make_it_refunded) {
  refund({2});
  refund({1, 4});
  BOOST_TEST(refund({3}).entry.balance_after == 10'000);
  const Reservation now = shown();
  BOOST_CHECK(now.state == ReservationState::refunded);
  BOOST_TEST(now.refunded == (SeatNumbers{1, 2, 3, 4}));
  BOOST_TEST(now.refunded_amount == 1000);
  BOOST_TEST(owned() == "");
  BOOST_TEST(refusal({3}).find("was refunded at") != std::string::npos);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_seat_is_refunded_once_and_only_if_it_is_of_the_reservation) {
  refund({2});
  BOOST_TEST(refusal({1, 2, 9}) ==
             fmt::format("no seat of reservation {}, which has 1, 2, 3, 4, was refunded: 2 was "
                         "refunded before, 9 is not of it.",
                         paid.value));
  BOOST_TEST(balance() == 9200);
  BOOST_TEST(owned() == "1 3 4");
  const ReservationId held = services->hold(services->enter(user(2)), date, {9});
  BOOST_TEST(change_refused([&] {
               refund_seats(backend().db, held, {9}, kIll);
             }).find("was never paid, it is HELD") != std::string::npos);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_refund_of_the_payment_gives_back_what_is_left) {
  refund({4});
  const Refund rest = refund_payment(backend().db, payment_of(paid), kIll);
  BOOST_TEST(rest.entry.amount == 600);
  BOOST_TEST(rest.seats == (SeatNumbers{1, 2, 3}));
  BOOST_TEST(balance() == 10'000);
  BOOST_TEST(shown().refunded_amount == 1000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_cancelled_date_gives_back_what_is_left) {
  refund({4});
  CancelDate cancel(backend().db, {"alice@web1", "date cancel", "a flood"});
  cancel.begin(date);
  const auto refunded = cancel.complete(date, [](std::int64_t) {});
  BOOST_TEST(refunded.reservations == 1);
  BOOST_TEST(refunded.tickets == 3);
  BOOST_TEST(refunded.points == 600);
  BOOST_TEST(balance() == 10'000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_seat_that_was_given_back_is_free_for_others_and_not_in_the_limit) {
  BOOST_TEST(settings.seat_limit == 4);
  refund({1});
  const TokenClaims other = services->enter(user(2));
  services->hold(other, date, {1});
  payer = services->enter(user(1));
  services->hold(payer, date, {5});
  BOOST_TEST(refused([&] { services->hold(payer, date, {6}); }) == "SEAT_LIMIT");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_payment_repeats_its_first_answer) {
  const Payment first = app().payments.pay(payer, payment_of(paid));
  refund({1, 2});
  const Payment again = app().payments.pay(payer, payment_of(paid));
  BOOST_TEST(again.amount == first.amount);
  BOOST_TEST(again.balance_after == first.balance_after);
  BOOST_TEST(again.seats == first.seats);
}

BOOST_AUTO_TEST_CASE(the_report_of_a_sale_counts_it) {
  refund({2, 4});
  const DateSale sale = backend().sales.page(concert, DateId{0}, 1).at(0);
  BOOST_TEST(sale.sold == 2);
  BOOST_TEST(sale.revenue == 400);
  BOOST_TEST(sale.refunded == 600);
}

BOOST_AUTO_TEST_CASE(a_balance_that_would_pass_the_range_is_refused_and_nothing_changes) {
  services->execute("UPDATE user SET balance = ?", {kMaxPoints - 1});
  BOOST_TEST(refusal({2}).find("would pass the most") != std::string::npos);
  BOOST_TEST(owned() == "1 2 3 4");
  BOOST_TEST(shown().refunded_amount == 0);
}

BOOST_AUTO_TEST_CASE(of_refunds_at_once_each_seat_is_given_back_once) {
  const auto results = race(settings, 8, [&](Services& mine, int i) {
    Session& db = mine.app.backend.db;
    try {
      if (i == 0) refund_payment(db, payment_of(paid), kIll);
      if (i == 1) {
        CancelDate cancel(db, kIll);
        cancel.begin(date);
        cancel.complete(date, [](std::int64_t) {});
      }
      if (i > 1) refund_seats(db, paid, {i % 4 + 1}, kIll);
      return 1;
    } catch (const ChangeRefused&) {
      return 2;
    }
  });
  BOOST_TEST(count_of(results, 1) + count_of(results, 2) == 8);
  BOOST_TEST(balance() == 10'000);
  BOOST_TEST(owned() == "");
  BOOST_TEST(services->number("SELECT SUM(amount) FROM ledger_entry WHERE kind = 'REFUND'") ==
             1000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
