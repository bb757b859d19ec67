#include <boost/test/unit_test.hpp>

#include "service/points/balances.h"
#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(charge_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(charges_add_up_and_each_is_in_the_ledger) {
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(app().balances.show(claims) == 0);
  BOOST_TEST(services->charge(claims, 10'000) == 10'000);
  BOOST_TEST(services->charge(claims, 1) == 10'001);
  BOOST_TEST(app().balances.show(claims) == 10'001);
  const auto entries = app().balances.ledger(claims, std::nullopt, 10);
  BOOST_REQUIRE(entries.size() == 2U);
  BOOST_TEST(entries[0].number.value == 2);
  BOOST_TEST(entries[0].amount == 1);
  BOOST_TEST(entries[0].balance_after == 10'001);
  BOOST_CHECK(entries[1].kind == EntryKind::charge);
  BOOST_TEST(services->breaches() == "");
}

// As when another charge of the same amount took the number of a charge that was rolled back.
BOOST_AUTO_TEST_CASE(an_entry_is_told_from_another_with_the_same_number) {
  const TokenClaims claims = services->enter(user(1));
  services->charge(claims, 700);
  const LedgerEntry entry = app().balances.ledger(claims, std::nullopt, 1).front();
  BOOST_TEST(backend().ledger.has(entry));
  LedgerEntry later = entry;
  later.at.ms += 1;
  BOOST_TEST(!backend().ledger.has(later));
  LedgerEntry more = entry;
  more.amount += 1;
  BOOST_TEST(!backend().ledger.has(more));
}

BOOST_AUTO_TEST_CASE(a_balance_reaches_its_limit_and_goes_no_further) {
  settings.balance_limit = 1000;
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(services->charge(claims, 999) == 999);
  BOOST_TEST(refused([&] { services->charge(claims, 2); }) == "BALANCE_LIMIT");
  BOOST_TEST(refused([&] { services->charge(claims, kMaxPoints); }) == "BALANCE_LIMIT");
  BOOST_TEST(services->charge(claims, 1) == 1000);
  BOOST_TEST(refused([&] { services->charge(claims, 1); }) == "BALANCE_LIMIT");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_balance_above_a_lowered_limit_takes_no_charge) {
  const TokenClaims claims = services->enter_with(user(1), 5000);
  settings.balance_limit = 1000;
  BOOST_TEST(refused([&] { services->charge(claims, 1); }) == "BALANCE_LIMIT");
}

BOOST_AUTO_TEST_CASE(the_highest_limit_holds_the_largest_amount) {
  settings.balance_limit = kMaxPoints;
  const TokenClaims claims = services->enter(user(1));
  BOOST_TEST(services->charge(claims, kMaxPoints) == kMaxPoints);
  BOOST_TEST(refused([&] { services->charge(claims, kMaxPoints); }) == "BALANCE_LIMIT");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(only_an_active_token_charges) {
  const TokenClaims claims = services->enter(user(1));
  app().leave_queue.run(claims);
  BOOST_TEST(refused([&] { services->charge(claims, 1); }) == "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims waiting = services->enter(user(1));
  BOOST_TEST(refused([&] { services->charge(waiting, 1); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
