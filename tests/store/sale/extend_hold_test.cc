#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "service/admin/cancel_date.h"
#include "service/admin/change_catalogue.h"
#include "service/sale/reservations.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct HoldToExtend : OneDateOfFiftySeats {
  HoldToExtend() : claims(services->enter(user(1))), held(services->hold(claims, date, {3, 7})) {}

  std::string refused_extension() {
    return refused([&] { app().reservations.extend(claims, held); });
  }
  // How long after the hold was made it ends, if all of its seats say the same.
  std::int64_t seconds() {
    return services->number(
        "SELECT CASE WHEN MIN(s.held_until) = r.held_until AND MAX(s.held_until) = r.held_until "
        "THEN TIMESTAMPDIFF(SECOND, r.created_at, r.held_until) ELSE -1 END FROM reservation r "
        "JOIN seat s ON s.reservation_id = r.reservation_id GROUP BY r.reservation_id");
  }
  // As if the hold had been made earlier.
  void age(int by_s, int left_s) {
    services->execute(
        "UPDATE reservation SET created_at = NOW(3) - INTERVAL ? SECOND, "
        "held_until = NOW(3) + INTERVAL ? SECOND",
        {by_s, left_s});
    services->execute(
        "UPDATE seat s JOIN reservation r ON r.reservation_id = s.reservation_id "
        "SET s.held_until = r.held_until");
  }
  // Before the statement that begins with `sql`, once.
  void once_before(const char* sql, const std::function<void(Session&)>& act) {
    backend().db.observe(
        [=, this, done = false](std::string_view text, const std::vector<Value>&) mutable {
          if (done || text.find(sql) == std::string_view::npos) return;
          done = true;
          Session other(settings.database, nullptr);
          act(other);
        });
  }

  TokenClaims claims;
  ReservationId held;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(extend_hold_test, HoldToExtend)

BOOST_AUTO_TEST_CASE(a_hold_and_all_of_its_seats_end_as_long_from_now_as_a_new_hold) {
  age(100, 200);
  const Reservation extended = app().reservations.extend(claims, held);
  BOOST_CHECK(extended.state == ReservationState::held);
  BOOST_TEST(extended.seats == (SeatNumbers{3, 7}), boost::test_tools::per_element());
  BOOST_TEST(seconds() >= 400);
  BOOST_TEST((extended.held_until - backend().db.now()) <= 301'000);
  BOOST_CHECK(app().reservations.show(claims, held).held_until == extended.held_until);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_hold_ends_no_later_than_the_longest_one) {
  age(800, 50);
  app().reservations.extend(claims, held);
  BOOST_TEST(seconds() == 900);
  BOOST_TEST(refused_extension() == "EXTENSION_LIMIT");
  BOOST_TEST(seconds() == 900);
  BOOST_TEST(services->breaches() == "");
}

// Behind that end the token pays for nothing.
BOOST_AUTO_TEST_CASE(a_hold_ends_no_later_than_its_token_can) {
  const auto counted_from = [&](int left_s) {
    services->execute(
        "UPDATE token SET issued_at = NOW(3) - INTERVAL ? SECOND, expires_at = NOW(3) + INTERVAL "
        "60 "
        "SECOND WHERE token_id = ?",
        {24 * 3600 - left_s, claims.id});
    claims.issued_at = Instant::parse_sql(
        services->text("SELECT issued_at FROM token WHERE token_id = ?", {claims.id}));
  };
  const auto left_ms = [&](ReservationId id) {
    return app().reservations.show(claims, id).held_until - backend().db.now();
  };
  counted_from(200);
  const ReservationId second = services->hold(claims, date, {9});
  BOOST_TEST(left_ms(second) <= 200'000);
  BOOST_TEST(left_ms(second) > 150'000);
  age(100, 100);
  app().reservations.extend(claims, held);
  BOOST_TEST(left_ms(held) <= 200'000);
  BOOST_TEST(left_ms(held) > 150'000);
  // It is as long as it can be: nothing is lost by asking again.
  app().reservations.extend(claims, held);
  BOOST_TEST(left_ms(held) > 150'000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_hold_is_never_shortened) {
  age(10, 290);
  settings.hold_seconds = 60;
  app().reservations.extend(claims, held);
  BOOST_TEST(seconds() == 300);
  settings.hold_seconds = 3600;
  settings.hold_longest_seconds = 200;
  BOOST_TEST(refused_extension() == "EXTENSION_LIMIT");
  BOOST_TEST(seconds() == 300);
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_over_is_not_extended) {
  services->lapse_holds();
  BOOST_TEST(refused_extension() == "HOLD_EXPIRED");
  services->maintain.run();
  BOOST_TEST(refused_extension() == "HOLD_EXPIRED");
  held = services->hold(claims, date, {1});
  app().reservations.release(claims, held);
  BOOST_TEST(refused_extension() == "HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_paid_reservation_is_not_extended) {
  services->charge(claims, 5000);
  app().payments.pay(claims, payment_of(held));
  claims = services->enter(user(1));
  BOOST_TEST(refused_extension() == "ALREADY_PAID");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(another_users_hold_is_not_found) {
  const TokenClaims other = services->enter(user(2));
  BOOST_TEST(refused([&] { app().reservations.extend(other, held); }) == "RESERVATION_NOT_FOUND");
  held = ReservationId{999'999'999};
  BOOST_TEST(refused_extension() == "RESERVATION_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(only_an_active_token_extends) {
  const TokenClaims left = claims;
  app().leave_queue.run(left);
  BOOST_TEST(refused_extension() == "TOKEN_EXPIRED");
  claims = services->enter(user(1));
  services->lapse(claims);
  BOOST_TEST(refused_extension() == "TOKEN_EXPIRED");
  backend().queues.set_paused(kMainQueue, true);
  claims = services->enter(user(1));
  BOOST_TEST(refused_extension() == "TOKEN_WAITING");
  claims = app().token_text.read(app().records_tokens.issue(user(1)).token);
  BOOST_TEST(refused_extension() == "TOKEN_RECORDS_ONLY");
}

BOOST_AUTO_TEST_CASE(a_hold_is_extended_though_its_date_is_stopped_or_has_begun) {
  ChangeCatalogue(backend().db, {"a", "b", "c"}).stop(date);
  age(100, 200);
  app().reservations.extend(claims, held);
  services->execute("UPDATE concert_date SET starts_at = NOW(3) - INTERVAL 1 HOUR");
  age(100, 200);
  app().reservations.extend(claims, held);
  BOOST_TEST(seconds() >= 400);
}

BOOST_AUTO_TEST_CASE(a_hold_of_a_cancelled_date_is_not_extended_before_and_after_its_release) {
  age(100, 200);
  CancelDate cancel(backend().db, {"a", "b", "c"});
  cancel.begin(date);
  BOOST_TEST(refused_extension() == "DATE_CANCELLED");
  cancel.complete(date, [](std::int64_t) {});
  BOOST_TEST(refused_extension() == "HOLD_EXPIRED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_extended_when_a_seat_went_to_another_while_it_was_under_way) {
  age(100, 200);
  const Instant until = app().reservations.show(claims, held).held_until;
  // As a user does that takes the seat of a lapsed hold.
  once_before("UPDATE seat SET held_until", [](Session& other) {
    other.execute(
        "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL WHERE "
        "seat_number = 3");
  });
  BOOST_TEST(refused_extension() == "HOLD_EXPIRED");
  BOOST_CHECK(app().reservations.show(claims, held).held_until == until);
}

BOOST_AUTO_TEST_CASE(at_the_moment_of_the_lapse_a_seat_is_not_both_extended_and_taken) {
  const TokenClaims other = services->enter(user(2));
  for (int round = 0; round < 20; ++round) {
    age(100, 0);
    services->execute("UPDATE reservation SET held_until = NOW(3) + INTERVAL 200000 MICROSECOND");
    services->execute(
        "UPDATE seat SET held_until = (SELECT MAX(held_until) FROM reservation) "
        "WHERE state = 'HELD'");
    const Instant at = app().reservations.show(claims, held).held_until;
    const auto results = race(settings, 3, [&](Services& mine, int i) {
      while (mine.app.backend.db.now() < at + (i == 0 ? round % 5 - 3 : 0))
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      return status_of([&] {
        if (i == 0) mine.app.reservations.extend(claims, held);
        if (i == 1) mine.hold(other, date, {3});
        if (i == 2) expire_holds(mine.app.backend.db);
      });
    });
    BOOST_TEST((results[0] != 0 || results[1] != 0));
    BOOST_TEST(results[2] == 0);
    BOOST_TEST(services->breaches() == "");
    services->execute(
        "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL");
    services->execute("DELETE FROM reservation_seat");
    services->execute("DELETE FROM reservation");
    held = services->hold(claims, date, {3, 7});
  }
}

BOOST_AUTO_TEST_CASE(with_a_look_before_plain_updates_a_seat_is_extended_and_taken) {
  const TokenClaims other = services->enter(user(2));
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE reservation SET held_until = NOW(3) + INTERVAL 200000 MICROSECOND");
    services->execute(
        "UPDATE seat SET held_until = (SELECT MAX(held_until) FROM reservation) "
        "WHERE state = 'HELD'");
    if (services->number("SELECT MAX(held_until) > NOW(3) FROM reservation") == 0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    const int taken = status_of([&] { services->hold(other, date, {3}); });
    services->execute(
        "UPDATE reservation SET held_until = NOW(3) + INTERVAL 300 SECOND WHERE reservation_id = " +
        std::to_string(held.value));
    return taken == 0 && app().reservations.show(claims, held).state == ReservationState::held;
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
