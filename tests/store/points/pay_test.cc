#include <boost/test/unit_test.hpp>

#include "service/points/payments.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

struct OneHold : OneDateOfFiftySeats {
  OneHold()
      : claims(services->enter_with(user(1), 5000)), held(services->hold(claims, date, {3, 7})) {}

  std::string refused_payment() {
    return refused([&] { app().payments.pay(claims, payment_of(held)); });
  }
  // The state of seat 3, as the list of seats shows it.
  std::string status_by(Session& session) const {
    return std::string(to_text(SeatStore(session).of_dates({date}).at(0).second.seats.at(2).state));
  }
  std::string state(const char* table) {
    return services->text(std::string("SELECT state FROM ") + table + " LIMIT 1");
  }

  TokenClaims claims;
  ReservationId held;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pay_test, OneHold)

BOOST_AUTO_TEST_CASE(a_payment_draws_the_balance_sells_the_seats_and_uses_up_the_token) {
  const Payment payment = app().payments.pay(claims, payment_of(held));
  BOOST_TEST(payment.amount == 2 * kSeatPrice);
  BOOST_TEST(payment.balance_after == 3000);
  BOOST_TEST(payment.seats == (SeatNumbers{3, 7}), boost::test_tools::per_element());
  BOOST_TEST(services->number(
                 "SELECT COUNT(*) FROM seat WHERE state = 'SOLD' AND reservation_id = ?", {held}) ==
             2);
  BOOST_TEST(state("token") == "USED");
  BOOST_TEST(state("reservation") == "PAID");
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 0);
  BOOST_TEST(services->number("SELECT SUM(amount) FROM ledger_entry") == 3000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_payment_repeated_with_its_used_up_token_gets_the_same_answer_for_24_hours) {
  const Payment first = app().payments.pay(claims, payment_of(held));
  for (int i = 0; i < 2; ++i) {
    const Payment again = app().payments.pay(claims, payment_of(held));
    BOOST_TEST(again.amount == first.amount);
    BOOST_TEST(again.balance_after == first.balance_after);
    BOOST_CHECK(again.paid_at == first.paid_at);
    BOOST_TEST(again.seats == first.seats, boost::test_tools::per_element());
  }
  services->execute(
      "UPDATE token SET ended_at = NOW(3) - INTERVAL 24 HOUR, issued_at = issued_at - INTERVAL 24 "
      "HOUR");
  claims.issued_at = claims.issued_at + -24 * 3600 * 1000;
  BOOST_TEST(refused_payment() == "TOKEN_EXPIRED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_payment_repeated_with_a_new_token_gets_the_same_answer_and_keeps_the_token) {
  app().payments.pay(claims, payment_of(held));
  const TokenClaims later = services->enter_with(user(1), 7);
  BOOST_TEST(app().payments.pay(later, payment_of(held)).balance_after == 3000);
  BOOST_TEST(app().balances.show(later) == 3007);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(one_hold_is_not_paid_while_its_user_has_another) {
  const ReservationId second = services->hold(claims, add_date(5), {1});
  for (const ReservationId id : {held, second}) {
    try {
      app().payments.pay(claims, payment_of(id));
      BOOST_ERROR("it was paid");
    } catch (const Refusal& refusal) {
      BOOST_CHECK(refusal.reason() == Reason::other_holds);
      BOOST_CHECK((refusal.payments() == std::vector{payment_of(held), payment_of(second)}));
    }
  }
  BOOST_TEST(app().balances.show(claims) == 5000);
  app().reservations.release(claims, second);
  app().payments.pay(claims, payment_of(held));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(holds_that_are_over_or_of_others_do_not_count) {
  services->hold(services->enter(user(2)), date, {20});
  app().reservations.release(claims, services->hold(claims, date, {1}));
  const ReservationId lapsed = services->hold(claims, date, {2});
  services->execute("UPDATE reservation SET held_until = NOW(3) WHERE reservation_id = ?",
                    {lapsed});
  services->execute(
      "UPDATE seat s JOIN reservation r ON r.reservation_id = s.reservation_id SET s.held_until = "
      "r.held_until");
  app().payments.pay(claims, payment_of(held));
  claims = services->enter_with(user(1), 1000);
  app().payments.pay(claims, payment_of(services->hold(claims, date, {1})));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(another_hold_is_named_before_a_low_balance_and_after_a_lapse) {
  const TokenClaims poor = services->enter(user(2));
  const ReservationId first = services->hold(poor, date, {1});
  const ReservationId second = services->hold(poor, date, {2});
  BOOST_TEST(refused([&] { app().payments.pay(poor, payment_of(first)); }) == "OTHER_HOLDS");
  app().reservations.release(poor, first);
  BOOST_TEST(refused([&] { app().payments.pay(poor, payment_of(first)); }) == "HOLD_EXPIRED");
  BOOST_TEST(refused([&] { app().payments.pay(poor, payment_of(second)); }) ==
             "INSUFFICIENT_BALANCE");
}

BOOST_AUTO_TEST_CASE(a_payment_that_does_not_exist_or_is_another_users_is_not_found) {
  const TokenClaims other = services->enter_with(user(2), 5000);
  BOOST_TEST(refused([&] { app().payments.pay(other, payment_of(held)); }) == "PAYMENT_NOT_FOUND");
  BOOST_TEST(refused([&] { app().payments.pay(other, PaymentId{999'999'999}); }) ==
             "PAYMENT_NOT_FOUND");
  app().payments.pay(claims, payment_of(held));
  BOOST_TEST(refused([&] { app().payments.pay(other, payment_of(held)); }) == "PAYMENT_NOT_FOUND");
  BOOST_TEST(app().balances.show(other) == 5000);
}

BOOST_AUTO_TEST_CASE(a_lapsed_hold_is_not_paid_whether_or_not_a_pass_noted_it) {
  services->lapse_holds();
  BOOST_TEST(refused_payment() == "HOLD_EXPIRED");
  services->maintain.run();
  BOOST_TEST(refused_payment() == "HOLD_EXPIRED");
  BOOST_TEST(app().balances.show(claims) == 5000);
  BOOST_TEST(state("token") == "ACTIVE");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_released_hold_is_not_paid) {
  app().reservations.release(claims, held);
  BOOST_TEST(refused_payment() == "HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_balance_too_low_keeps_the_hold_and_the_token) {
  const TokenClaims poor = services->enter_with(user(2), 999);
  const ReservationId wanted = services->hold(poor, date, {1});
  BOOST_TEST(refused([&] { app().payments.pay(poor, payment_of(wanted)); }) ==
             "INSUFFICIENT_BALANCE");
  services->charge(poor, 1);
  BOOST_TEST(app().payments.pay(poor, payment_of(wanted)).balance_after == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_lapsed_hold_is_named_before_a_low_balance) {
  const TokenClaims poor = services->enter(user(2));
  const ReservationId wanted = services->hold(poor, date, {1});
  services->lapse_holds();
  BOOST_TEST(refused([&] { app().payments.pay(poor, payment_of(wanted)); }) == "HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_live_hold_is_paid_though_its_date_has_begun) {
  services->execute("UPDATE concert_date SET starts_at = NOW(3) - INTERVAL 1 HOUR");
  app().payments.pay(claims, payment_of(held));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(only_an_active_token_pays) {
  app().leave_queue.run(claims);
  BOOST_TEST(refused_payment() == "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  BOOST_TEST(refused([&] { app().payments.pay(waiting, payment_of(held)); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_CASE(a_free_seat_is_paid_with_an_empty_balance) {
  services->execute("UPDATE seat SET price = 0 WHERE seat_number = 1");
  const TokenClaims poor = services->enter(user(2));
  const Payment payment = app().payments.pay(poor, payment_of(services->hold(poor, date, {1})));
  BOOST_TEST(payment.amount == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_amount_is_that_of_the_reservation_although_the_price_rose_since) {
  services->execute("UPDATE seat SET price = 4000");
  BOOST_TEST(app().payments.pay(claims, payment_of(held)).amount == 2 * kSeatPrice);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(
    no_points_are_taken_when_the_seats_went_to_another_while_the_payment_was_under_way) {
  bool taken = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (taken || sql.find("SET state = 'SOLD', held_until") == std::string_view::npos) return;
    taken = true;
    // As a user does that takes the seat of a lapsed hold.
    Session other(settings.database, nullptr);
    other.execute(
        "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL WHERE "
        "seat_number = 3");
  });
  BOOST_TEST(refused_payment() == "HOLD_EXPIRED");
  BOOST_TEST(taken);
  BOOST_TEST(app().balances.show(claims) == 5000);
  BOOST_TEST(state("token") == "ACTIVE");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM payment") == 0);
}

// A user who takes the seat then has it (above); if nobody does, it is the payer's.
BOOST_AUTO_TEST_CASE(a_hold_that_lapses_while_its_payment_is_under_way_is_free_until_it_is_paid) {
  std::string meanwhile;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (!meanwhile.empty() || sql.find("SET state = 'SOLD', held_until") == std::string_view::npos)
      return;
    Session other(settings.database, nullptr);
    other.execute("UPDATE seat SET held_until = NOW(3) WHERE seat_number = 3");
    meanwhile = status_by(other);
  });
  app().payments.pay(claims, payment_of(held));
  BOOST_TEST(meanwhile == "AVAILABLE");
  BOOST_TEST(status_by(backend().db) == "SOLD");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
