#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <random>
#include <thread>

#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

constexpr int kPairs = 4;

// A thousand users with a hold of one seat each, and a thousand more who want that seat.
struct ThousandHolds : OneDateOfFiftySeats {
  static constexpr int kHolds = 1000;
  using PayCall = std::function<void(Services&, const TokenClaims&, ReservationId)>;

  ThousandHolds() : lapse_at(kHolds), paid(kHolds), taken(kHolds), pairs_done(1) {
    settings.active_limit = 10'000;
    large = add_date(kMaxHeldSeats);
    for (const std::string& sql :
         {"INSERT INTO user (user_id, balance, entry_count, created_at) SELECT "
          "UNHEX(CONCAT(LPAD(HEX(seq), 8, '0'), '000040008000', LPAD(HEX(seq), 12, '0'))), 2000, "
          "1, NOW(3) FROM " +
              numbers(1, 2000),
          std::string("INSERT INTO ledger_entry SELECT user_id, 1, 'CHARGE', 2000, 2000, NOW(3), 0 "
                      "FROM user"),
          std::string("INSERT INTO token (queue_id, user_id, seq, state, joined_position, "
                      "issued_at, admitted_at, expires_at) SELECT 1, user_id, NULL, 'ACTIVE', 0, "
                      "NOW(3), NOW(3), NOW(3) + INTERVAL 1 HOUR FROM user ORDER BY user_id"),
          std::string("UPDATE queue SET active_count = 2000")}) {
      services->execute(sql);
    }
    services->execute(
        R"(INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, held_until, created_at)
                         SELECT user_id, ?, 'HELD', 1, 1000, NOW(3) + INTERVAL 1 HOUR, NOW(3) FROM user
                         ORDER BY user_id LIMIT 1000)",
        {large});
    first_hold = services->number("SELECT MIN(reservation_id) FROM reservation");
    first_token = services->number("SELECT MIN(token_id) FROM token");
    issued_at = backend().tokens.find(TokenId{first_token})->token.issued_at;  // of all
    services->execute(
        "INSERT INTO reservation_seat (reservation_id, seat_number, price) SELECT reservation_id, "
        "reservation_id - ? + 1, 1000 FROM "
        "reservation",
        {first_hold});
    services->execute(
        R"(UPDATE seat s JOIN reservation r ON r.reservation_id = s.seat_number + ? - 1
                         SET s.state = 'HELD', s.reservation_id = r.reservation_id, s.held_until = r.held_until
                         WHERE s.concert_date_id = ?)",
        {first_hold, large});
    BOOST_REQUIRE(services->breaches() == "");
  }

  TokenClaims claims(int number) const {
    TokenClaims of;
    of.user = user(number);
    of.id = TokenId{first_token + number - 1};
    of.state = TokenState::active;
    of.issued_at = issued_at;
    return of;
  }
  ReservationId hold_of(int i) const { return ReservationId{first_hold + i}; }

  static void wait_until(Services& mine, Instant at) {
    while (mine.app.backend.db.now() < at)
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }

  // Lets each hold lapse a moment from now, and pays about that very moment.
  int pay_all(Services& mine, int pair, int holds, const PayCall& pay) {
    std::minstd_rand random(static_cast<unsigned>(pair) +
                            1);  // NOLINT: the same choices in every run
    for (int i = pair; i < holds; i += kPairs) {
      // A few early enough to be in time on the slowest machine.
      const bool early = random() % 50 == 0;
      const Instant at = mine.app.backend.db.now() + (early ? 300 : 12);
      run_transaction(mine.app.backend.db, [&] {
        mine.execute("UPDATE reservation SET held_until = ? WHERE reservation_id = ?",
                     {at, hold_of(i)});
        mine.execute("UPDATE seat SET held_until = ? WHERE reservation_id = ?", {at, hold_of(i)});
      });
      const auto index = static_cast<std::size_t>(i);
      lapse_at[index] = at.ms;
      if (!early) wait_until(mine, at + -static_cast<std::int64_t>(random() % 6));
      // 0 stands for "not yet".
      paid[index] = 1 + status_of([&] { pay(mine, claims(i + 1), hold_of(i)); });
    }
    ++pairs_done[0];
    return 0;
  }
  // Takes each seat the moment it is free.
  int take_all(Services& mine, int pair, int holds) {
    for (int i = pair; i < holds; i += kPairs) {
      const auto index = static_cast<std::size_t>(i);
      while (lapse_at[index] == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
      const Instant at{lapse_at[index]};
      wait_until(mine, at + -1);
      int status = 409;
      while (status == 409 && paid[index] == 0) {
        status = status_of([&] { mine.hold(claims(1001 + i), large, {i + 1}); });
      }
      if (status == 409) status = status_of([&] { mine.hold(claims(1001 + i), large, {i + 1}); });
      taken[index] = 1 + status;
    }
    return 0;
  }
  int expire(Services& mine) {
    while (pairs_done[0] < kPairs) expire_holds(mine.app.backend.db);
    return 0;
  }
  // Lets `holds` lapse while they are paid, their seats are taken and lapsed holds are expired.
  void race_against_the_lapse(int holds, const PayCall& pay) {
    const auto results = race(settings, 2 * kPairs + 1, [&](Services& mine, int i) {
      if (i < kPairs) return pay_all(mine, i, holds, pay);
      if (i < 2 * kPairs) return take_all(mine, i - kPairs, holds);
      return expire(mine);
    });
    BOOST_TEST(count_of(results, 0) == 2 * kPairs + 1);
  }

  DateId large;
  std::int64_t first_hold = 0;
  std::int64_t first_token = 0;
  Instant issued_at;
  SharedNumbers lapse_at;
  SharedNumbers paid;
  SharedNumbers taken;
  SharedNumbers pairs_done;
};

void pay_properly(Services& mine, const TokenClaims& claims, ReservationId held) {
  mine.app.payments.pay(claims, payment_of(held));
}

// Reads whether the hold lives, then draws the balance and gives the seats without checking again.
void pay_after_a_look(Services& mine, const TokenClaims& claims, ReservationId held) {
  Stores& backend = mine.stores;
  if (mine.number("SELECT held_until > NOW(3) FROM reservation WHERE reservation_id = ?", {held}) ==
      0) {
    throw Refusal(Reason::hold_expired, "");
  }
  // What happens between the look and the write: the hold lapses, and another takes the seat.
  while (mine.number("SELECT held_until > NOW(3) FROM reservation WHERE reservation_id = ?",
                     {held}) != 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  run_transaction(backend.db, [&] {
    const Instant now = backend.db.now();
    mine.execute(
        "UPDATE reservation SET state = 'PAID', ended_at = NOW(3) WHERE reservation_id = ?",
        {held});
    mine.execute("UPDATE user SET balance = balance - 1000, entry_count = 2 WHERE user_id = ?",
                 {claims.user});
    backend.ledger.append({claims.user, EntryNo{2}, EntryKind::payment, -1000, 1000, now});
    backend.payments.insert({payment_of(held), claims.user, 1000, EntryNo{2}, 1000, {}, now},
                            claims.id);
    mine.execute(
        "UPDATE seat SET state = 'SOLD', held_until = NULL WHERE reservation_id = ? AND state = "
        "'HELD'",
        {held});
    backend.tokens.end_active(claims.id, TokenState::used);
  });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(payment_lapse_test, ThousandHolds)

BOOST_AUTO_TEST_CASE(
    a_payment_at_the_very_moment_of_the_lapse_is_whole_or_nothing_a_thousand_times) {
  race_against_the_lapse(kHolds, pay_properly);
  int paid_count = 0;
  for (int i = 0; i < kHolds; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const auto payment = paid[index] - 1;
    const auto take = taken[index] - 1;
    paid_count += payment == 0 ? 1 : 0;
    const bool one_of_them = (payment == 0 && take == 409) || (payment == 410 && take == 0);
    BOOST_TEST(one_of_them, "hold " << i << ": payment " << payment << ", taker " << take);
  }
  BOOST_TEST_MESSAGE(paid_count << " of 1000 were paid in time");
  BOOST_TEST(paid_count > 0);
  BOOST_TEST(paid_count < kHolds);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM payment") == paid_count);
  BOOST_TEST(services->number("SELECT SUM(balance) FROM user") == 2000 * 2000 - paid_count * 1000);
  BOOST_TEST(services->number(
                 "SELECT COUNT(*) FROM seat s JOIN payment p ON p.payment_id = s.reservation_id "
                 "WHERE s.state = 'SOLD'") == paid_count);
  services->maintain.run();
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_look_before_plain_updates_users_are_charged_without_the_seats) {
  race_against_the_lapse(200, pay_after_a_look);
  BOOST_TEST(services->breaches().find("paid_reservation_owns_its_seats") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
