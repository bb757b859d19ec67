#include "service/access/records_tokens.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct OneReader : OneDateOfFiftySeats {
  // The claims of another token for records of the user.
  TokenClaims ask(int number) {
    return app().token_text.read(app().records_tokens.issue(user(number)).token);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(records_tokens_test, OneReader)

BOOST_AUTO_TEST_CASE(it_takes_no_place_and_needs_none) {
  settings.active_limit = 1;
  services->enter(user(9));
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims records = ask(1);
  BOOST_CHECK(records.state == TokenState::records);
  BOOST_TEST(!records.place);
  BOOST_TEST(app().balances.show(records) == 0);
  BOOST_TEST(app().reservations.list(records, std::nullopt, 10).empty());
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(it_lives_for_24_hours) {
  const RecordsAnswer answer = app().records_tokens.issue(user(1));
  TokenClaims records = app().token_text.read(answer.token);
  BOOST_TEST((answer.expires_at - records.issued_at == 24LL * 3600 * 1000));
  const auto age = [&](std::int64_t seconds) {
    services->execute("UPDATE records_token SET issued_at = NOW(3) - INTERVAL ? SECOND", {seconds});
    records.issued_at = Instant::parse_sql(services->text("SELECT issued_at FROM records_token"));
  };
  age(24 * 3600 - 60);
  app().balances.show(records);
  age(24 * 3600);
  BOOST_TEST(refused([&] { app().balances.show(records); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().reservations.release(records, ReservationId{1}); }) ==
             "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_user_has_as_many_as_it_asks_for_and_ends_each_by_itself) {
  const TokenClaims phone = ask(1);
  const TokenClaims laptop = ask(1);
  app().records_tokens.end(phone);
  app().records_tokens.end(phone);
  BOOST_TEST(refused([&] { app().balances.show(phone); }) == "TOKEN_EXPIRED");
  app().balances.show(laptop);
}

BOOST_AUTO_TEST_CASE(a_token_with_the_id_of_another_users_opens_nothing) {
  const TokenClaims one = ask(1);
  TokenClaims forged = ask(2);
  forged.id = one.id;
  BOOST_TEST(refused([&] { app().balances.show(forged); }) == "TOKEN_EXPIRED");
  app().records_tokens.end(forged);
  app().balances.show(one);
}

// A database that lost its newest rows gives ids out again.
BOOST_AUTO_TEST_CASE(a_lost_token_does_not_end_the_one_that_has_its_id_now) {
  const TokenClaims now = ask(1);
  TokenClaims lost = now;
  lost.issued_at = now.issued_at + -1000;
  app().records_tokens.end(lost);
  BOOST_TEST(app().balances.show(now) == 0);
  app().records_tokens.end(now);
  BOOST_TEST(refused([&] { app().balances.show(now); }) == "TOKEN_EXPIRED");
}

// Ids of the two kinds are counted apart.
BOOST_AUTO_TEST_CASE(it_is_not_the_queue_token_with_its_id) {
  TokenClaims records = ask(1);
  const TokenClaims active = services->enter_with(user(1), 10);
  services->execute("UPDATE records_token SET records_token_id = ?", {active.id});
  records.id = active.id;
  app().leave_queue.run(active);
  BOOST_TEST(app().balances.show(records) == 10);
  app().records_tokens.end(records);
  BOOST_TEST(refused([&] { app().balances.show(records); }) == "TOKEN_EXPIRED");
  BOOST_TEST(app().balances.show(active) == 10);
}

BOOST_AUTO_TEST_CASE(it_releases_a_hold_and_repeats_a_payment_and_makes_none) {
  const TokenClaims active = services->enter_with(user(1), 5000);
  const ReservationId released = services->hold(active, date, {1});
  const ReservationId paid = services->hold(active, date, {2});
  const TokenClaims records = ask(1);
  app().reservations.release(records, released);
  BOOST_TEST(refused([&] { app().payments.pay(records, payment_of(paid)); }) ==
             "TOKEN_RECORDS_ONLY");
  BOOST_TEST(refused([&] { services->charge(records, 5); }) == "TOKEN_RECORDS_ONLY");
  const Payment made = app().payments.pay(active, payment_of(paid));
  const Payment repeated = app().payments.pay(records, payment_of(paid));
  BOOST_TEST(repeated.is_replayed);
  BOOST_TEST(repeated.balance_after == made.balance_after);
  BOOST_TEST(refused([&] { app().reservations.release(records, paid); }) == "ALREADY_PAID");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_erasure_of_its_user) {
  const TokenClaims records = ask(1);
  services->erase(user(1), std::nullopt, {"a", "b", "c"});
  BOOST_TEST(services->number("SELECT COUNT(*) FROM records_token") == 0);
  BOOST_TEST(refused([&] { app().balances.show(records); }) == "TOKEN_EXPIRED");
}

// Each session creates the user, if it is the first.
BOOST_AUTO_TEST_CASE(a_new_user_gets_a_token_on_each_of_many_devices_at_once) {
  constexpr int kDevices = 8;
  Barrier warm(kDevices);
  in_parallel(kDevices, [&](int) {
    Services device(settings);
    device.app.backend.db.now();
    warm.arrive_and_wait();
    device.app.records_tokens.issue(user(5));
    return 0;
  });
  BOOST_TEST(services->number("SELECT COUNT(*) FROM records_token WHERE user_id = ?", {user(5)}) ==
             kDevices);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
