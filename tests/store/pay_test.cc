#include "service/pay.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(pay_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(a_payment_draws_the_balance_sells_the_seats_and_uses_up_the_token) {
  const TokenClaims claims = services->enter_with(user(1), 5000);
  const ReservationId held = services->hold(claims, date, {3, 7});
  const Payment payment = services->app.pay.run(claims, payment_of(held));
  BOOST_TEST(payment.amount == 2 * kSeatPrice);
  BOOST_TEST(payment.balance_after == 3000);
  BOOST_TEST(payment.seats == (SeatNumbers{3, 7}), boost::test_tools::per_element());
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'SOLD' AND reservation_id = ?",
                              {held}) == 2);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {claims.id}) == "USED");
  BOOST_TEST(services->text("SELECT state FROM reservation WHERE reservation_id = ?", {held}) ==
             "PAID");
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
