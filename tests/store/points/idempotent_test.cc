#include <boost/test/unit_test.hpp>

#include "service/access/idempotent_write.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

const IdempotencyKey kCharge = key_of(IdempotentRoute::charge, "key", "body");
const IdempotencyKey kCharge_other_body = key_of(IdempotentRoute::charge, "key", "another body");
const IdempotencyKey kHold = key_of(IdempotentRoute::reservation, "key", "body");

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idempotent_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(the_same_key_answers_the_first_charge_and_applies_nothing) {
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(services->charge(claims, 100, kCharge) == 100);
  services->charge(claims, 5);
  BOOST_TEST(services->charge(claims, 100, kCharge) == 100);
  BOOST_TEST(app().balances.show(claims) == 105);
}

BOOST_AUTO_TEST_CASE(the_same_key_answers_the_first_hold_although_its_seats_are_taken_by_it) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId first = services->hold(claims, date, {1, 2, 3, 4}, kHold);
  BOOST_CHECK(services->hold(claims, date, {1, 2, 3, 4}, kHold) == first);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 1);
}

BOOST_AUTO_TEST_CASE(the_same_key_with_another_body_is_refused) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 100, kCharge);
  BOOST_TEST(refused([&] { services->charge(claims, 200, kCharge_other_body); }) ==
             "IDEMPOTENCY_KEY_REUSED");
  BOOST_TEST(app().balances.show(claims) == 100);
}

BOOST_AUTO_TEST_CASE(a_key_is_scoped_to_its_user_and_its_route) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 100, kCharge);
  BOOST_TEST(services->charge(services->enter(user(2)), 7, kCharge_other_body) == 7);
  services->hold(claims, date, {1}, kHold);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM idempotency_key") == 3);
}

BOOST_AUTO_TEST_CASE(an_answer_of_any_length_is_kept_whole) {
  services->enter(user(1));
  for (const std::size_t length : {65'535U, 65'536U, 300'000U, 1U}) {
    // Each new answer takes the place of one that is past keeping.
    backend().idempotency.store(user(1), kHold, {"", 201, std::string(length, 'x'), false});
    const auto found = backend().idempotency.find(user(1), kHold);
    BOOST_REQUIRE(found);
    BOOST_TEST(found->body == std::string(length, 'x'));
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_is_not_stored) {
  settings.balance_limit = 50;
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(refused([&] { services->charge(claims, 100, kCharge); }) == "BALANCE_LIMIT");
  settings.balance_limit = 500;
  BOOST_TEST(services->charge(claims, 100, kCharge) == 100);
}

BOOST_AUTO_TEST_CASE(keys_that_differ_in_case_or_trailing_space_are_different_keys) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 1, key_of(IdempotentRoute::charge, "a", "x"));
  services->charge(claims, 1, key_of(IdempotentRoute::charge, "A", "y"));
  services->charge(claims, 1, key_of(IdempotentRoute::charge, "a ", "z"));
  BOOST_TEST(app().balances.show(claims) == 3);
}

BOOST_AUTO_TEST_CASE(a_key_is_new_again_after_24_hours_whether_or_not_it_was_pruned) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 100, kCharge);
  services->execute("UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 24 HOUR");
  BOOST_TEST(services->charge(claims, 200, kCharge_other_body) == 300);
  BOOST_TEST(services->charge(claims, 200, kCharge_other_body) == 300);
  services->execute("UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 24 HOUR");
  services->maintain.run();
  BOOST_TEST(services->number("SELECT COUNT(*) FROM idempotency_key") == 0);
  BOOST_TEST(services->charge(claims, 100, kCharge) == 400);
}

BOOST_AUTO_TEST_CASE(a_key_almost_24_hours_old_still_answers) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 100, kCharge);
  services->execute("UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 86340 SECOND");
  services->maintain.run();
  BOOST_TEST(services->charge(claims, 100, kCharge) == 100);
  BOOST_TEST(app().balances.show(claims) == 100);
}

BOOST_AUTO_TEST_CASE(a_key_outlives_the_token_that_it_came_with) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 100, kCharge);
  app().leave_queue.run(claims);
  BOOST_TEST(services->charge(services->enter(user(1)), 100, kCharge) == 100);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
