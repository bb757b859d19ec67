#include "service/admin/erase_user.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "domain/admin_action.h"
#include "service/points/credit_user.h"
#include "service/points/refunds.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kErasure{"alice@web1", "user erase", "request 17"};

// A user with a row of every kind: paid, refunded, a voucher, a credit, a live hold, an idempotency
// key, 3000 points.
struct OneUser : OneDateOfFiftySeats {
  OneUser() {
    payer = services->enter_with(user(1), 4999);
    paid = services->hold(payer, date, {1, 2});
    app().payments.pay(payer, payment_of(paid));
    const TokenClaims second = services->enter(user(1));
    const ReservationId refunded = services->hold(second, date, {3});
    app().payments.pay(second, payment_of(refunded));
    refund_payment(backend().db, payment_of(refunded), kErasure);
    inside = services->enter(user(1));
    backend().vouchers.insert("v", backend().ledger.page(user(1), std::nullopt, 9).back());
    credit_user(backend().db, settings, {user(1), 1, "k"}, kErasure);
    services->hold(inside, date, {4}, key_of(IdempotentRoute::reservation, "k", "x"));
  }
  std::string refusal(const UserId& who, std::optional<Points> forfeit) {
    return change_refused([&] { services->erase(who, forfeit, kErasure); });
  }
  // How many rows still have the user's id.
  std::int64_t traces() {
    std::int64_t found = 0;
    for (const char* table : {"user", "ledger_entry", "payment", "voucher", "credit_key",
                              "reservation", "token", "idempotency_key", "records_token"}) {
      found += services->number(std::string("SELECT COUNT(*) FROM ") + table + " WHERE user_id = ?",
                                {user(1)});
    }
    return found;
  }
  TokenClaims payer;
  TokenClaims inside;
  ReservationId paid;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(erase_user_test, OneUser)

BOOST_AUTO_TEST_CASE(no_row_has_the_id_and_the_books_are_right) {
  BOOST_TEST(refusal(user(1), 3000) == "");
  BOOST_TEST(traces() == 0);
  BOOST_TEST(services->breaches() == "");
  BOOST_TEST(services->number("SELECT SUM(balance) FROM user") == 3000);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'SOLD'") == 2);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") == 0);
  BOOST_TEST(
      services->number("SELECT COUNT(*) FROM admin_action WHERE subject LIKE ? OR why LIKE ?",
                       {"%" + user(1).text() + "%", "%" + user(1).text() + "%"}) == 0);
  BOOST_TEST(backend().admin_actions.newest(1).at(0).subject.find("\"forfeited\":3000") !=
             std::string::npos);
  BOOST_TEST(services->number("SELECT @@foreign_key_checks") == 1);
}

BOOST_AUTO_TEST_CASE(old_tokens_show_nothing_and_a_user_who_comes_again_is_new) {
  BOOST_TEST(refusal(user(1), 3000) == "");
  for (const TokenClaims& old : {payer, inside}) {
    BOOST_TEST(refused([&] { app().reservations.list(old, std::nullopt, 20); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { app().balances.ledger(old, std::nullopt, 20); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { app().balances.show(old); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { app().payments.pay(old, payment_of(paid)); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { services->charge(old, 5); }) == "TOKEN_EXPIRED");
  }
  const TokenClaims later = services->enter(user(1));
  BOOST_TEST(app().balances.show(later) == 0);
  BOOST_TEST(app().reservations.list(later, std::nullopt, 20).empty());
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_balance_is_forfeited_in_full_or_nothing_is_done) {
  for (const std::optional<Points> forfeit : {std::optional<Points>{}, {0}, {2999}, {3001}}) {
    BOOST_TEST(refusal(user(1), forfeit).find("--forfeit 3000") != std::string::npos);
  }
  BOOST_TEST(refusal(user(2), {}).find("no such user") != std::string::npos);
  BOOST_TEST(app().balances.show(inside) == 3000);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM admin_action WHERE why = 'request 17' AND what "
                              "= 'user erase' AND subject LIKE '%forfeited%'") == 0);
}

BOOST_AUTO_TEST_CASE(tickets_to_come_are_named_and_must_be_given_up) {
  LeaveQueue leave_queue(backend().db, backend().queue_cache, settings, nullptr);
  EraseUser erase(backend().db, settings, leave_queue);
  BOOST_CHECK_EXCEPTION(erase.run(user(1), {3000, false}, kErasure), ChangeRefused,
                        [&](const ChangeRefused& refused) {
                          const std::string text = refused.what();
                          return text.find("2 tickets of \"A concert\" at ") != std::string::npos &&
                                 text.find(fmt::format("(reservation {})", paid.value)) !=
                                     std::string::npos &&
                                 text.find("--forfeit-tickets") != std::string::npos;
                        });
  BOOST_TEST(app().balances.show(inside) == 3000);
  // Those of a date that has begun need not be given up.
  services->execute("UPDATE concert_date SET starts_at = NOW(3)");
  erase.run(user(1), {3000, false}, kErasure);
  BOOST_TEST(traces() == 0);
  BOOST_TEST(services->breaches() == "");
}

// A free seat changes no balance.
BOOST_AUTO_TEST_CASE(a_ticket_bought_at_the_moment_of_the_erasure_is_not_lost) {
  services->execute("UPDATE seat SET price = 0");
  app().leave_queue.run(services->enter(user(3)));
  bool bought = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (bought || sql != "START TRANSACTION") return;
    bought = true;
    Services other(settings);
    const TokenClaims claims = other.enter(user(3));
    other.app.payments.pay(claims, payment_of(other.hold(claims, date, {9})));
  });
  LeaveQueue leave_queue(backend().db, backend().queue_cache, settings, nullptr);
  EraseUser erase(backend().db, settings, leave_queue);
  BOOST_CHECK_THROW(erase.run(user(3), {}, kErasure), ChangeRefused);
  backend().db.observe(nullptr);
  BOOST_TEST(bought);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation WHERE user_id = ?", {user(3)}) ==
             1);
}

BOOST_AUTO_TEST_CASE(a_waiting_user_leaves_the_queue_first) {
  backend().queues.set_paused(kMainQueue, true);
  services->enter(user(7));
  services->enter(user(8));
  const TokenClaims behind = services->enter(user(9));
  BOOST_TEST(refusal(user(8), {}) == "");
  BOOST_TEST(services->poll(behind).position.value() == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_user_who_joins_at_the_moment_of_the_erasure_is_new) {
  app().leave_queue.run(services->enter(user(3)));
  bool erased = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (erased || sql != "START TRANSACTION") return;
    erased = true;
    Services other(settings);
    other.erase(user(3), std::nullopt, kErasure);
  });
  const TokenClaims later = services->enter(user(3));
  backend().db.observe(nullptr);
  BOOST_TEST(erased);
  BOOST_TEST(app().balances.show(later) == 0);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE user_id = ?", {user(3)}) == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(an_erasure_beside_the_users_own_requests_loses_and_leaves_nothing) {
  for (int round = 0; round < 5; ++round) {
    const UserId who = user(20 + round);
    const TokenClaims claims = services->enter(who);
    const auto results = race(settings, 6, [&](Services& mine, int i) {
      try {
        if (i == 0) mine.erase(who, std::nullopt, kErasure);
        if (i == 1) mine.hold(claims, date, {10 + round});
        if (i == 2) mine.charge(claims, 100);
        if (i > 2) mine.enter(who);
        return 0;
      } catch (const ChangeRefused&) {
        return 0;
      } catch (const Refusal&) {
        return 0;
      } catch (const Busy&) {
        return 0;
      }
    });
    BOOST_TEST(count_of(results, 0) == 6);
    BOOST_TEST(services->breaches() == "");
    for (const char* table : {"token", "reservation", "ledger_entry"}) {
      BOOST_TEST(services->number(std::string("SELECT COUNT(*) FROM ") + table +
                                  " t LEFT JOIN user u ON u.user_id = t.user_id WHERE u.user_id IS "
                                  "NULL") == 0,
                 table);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
