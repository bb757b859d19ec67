#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "service/admin/change_catalogue.h"
#include "service/sale/reservations.h"
#include "support/one_date.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct TwoUsers : OneDateOfFiftySeats {
  TwoUsers() : claims(services->enter(user(1))), others(services->enter(user(2))) {}

  std::string refused_hold(const SeatNumbers& seats) {
    return refused([&] { services->hold(claims, date, seats); });
  }
  std::int64_t held() { return services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'"); }

  TokenClaims claims;
  TokenClaims others;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hold_seats_test, TwoUsers)

BOOST_AUTO_TEST_CASE(every_seat_asked_for_is_held_at_its_price) {
  std::optional<Reservation> held_now;
  app().reservations.hold(claims, {date, {3, 4, 9}, std::nullopt}, [&](const Reservation& r) {
    held_now = r;
    return std::string("x");
  });
  BOOST_REQUIRE(held_now);
  BOOST_CHECK(held_now->user == user(1));
  BOOST_CHECK(held_now->date == date);
  BOOST_CHECK(held_now->state == ReservationState::held);
  BOOST_TEST(held_now->seats == (SeatNumbers{3, 4, 9}), boost::test_tools::per_element());
  BOOST_TEST(held_now->total == 3 * kSeatPrice);
  BOOST_TEST((held_now->held_until - backend().db.now()) <= 301'000);
  BOOST_TEST(held() == 3);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(holds_none_when_one_is_taken) {
  services->hold(others, date, {2});
  try {
    services->hold(claims, date, {1, 2, 3});
    BOOST_ERROR("a taken seat was held");
  } catch (const Refusal& refusal) {
    BOOST_CHECK(refusal.reason() == Reason::seat_unavailable);
    BOOST_REQUIRE(refusal.seats().size() == 1U);
    BOOST_TEST(refusal.seats()[0].number == 2);
    BOOST_CHECK(refusal.seats()[0].state == SeatState::held);
  }
  BOOST_TEST(held() == 1);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 1);
}

BOOST_AUTO_TEST_CASE(a_sold_seat_and_the_users_own_held_seat_are_not_available) {
  services->charge(others, 5000);
  app().payments.pay(others, payment_of(services->hold(others, date, {2})));
  services->hold(claims, date, {1});
  try {
    services->hold(claims, date, {1, 2});
    BOOST_ERROR("taken seats were held");
  } catch (const Refusal& refusal) {
    BOOST_REQUIRE(refusal.seats().size() == 2U);
    BOOST_CHECK(refusal.seats()[0].state == SeatState::held);
    BOOST_CHECK(refusal.seats()[1].state == SeatState::sold);
  }
}

BOOST_AUTO_TEST_CASE(a_lapsed_hold_is_free_at_once_without_any_cron) {
  services->hold(others, date, {2});
  services->lapse_holds();
  services->hold(claims, date, {2});
  BOOST_TEST(services->breaches() == "");
  services->maintain.run();
  BOOST_TEST(held() == 1);  // the pass leaves a seat that another user has taken since
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_date_that_does_not_exist_is_refused) {
  BOOST_TEST(refused([&] { services->hold(claims, DateId{999'999}, {1}); }) == "DATE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_seat_that_the_date_does_not_have_is_refused) {
  BOOST_TEST(refused_hold({51}) == "SEAT_INVALID");
  BOOST_TEST(refused_hold({1, 1000}) == "SEAT_INVALID");
  BOOST_TEST(held() == 0);
}

BOOST_AUTO_TEST_CASE(a_date_that_has_begun_is_refused) {
  services->execute("UPDATE concert_date SET starts_at = NOW(3)");
  BOOST_TEST(refused_hold({1}) == "DATE_CLOSED");
}

BOOST_AUTO_TEST_CASE(a_date_that_begins_after_the_look_is_refused_too) {
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("INSERT INTO reservation ") == std::string_view::npos) return;
    Session other(settings.database, nullptr);
    other.execute("UPDATE concert_date SET starts_at = NOW(3)");
  });
  BOOST_TEST(refused_hold({1}) == "DATE_CLOSED");
  BOOST_TEST(held() == 0);
}

BOOST_AUTO_TEST_CASE(a_date_is_sold_by_its_terms_only) {
  ChangeCatalogue change(backend().db, {"a", "b", "c"});
  const Instant now = backend().db.now();
  const Instant begins = backend().catalogue.date(date)->starts_at;
  change.set_date(date, {.on_sale_at = now + 60'000, .sales_end_at = now + 120'000});
  BOOST_TEST(refused_hold({1}) == "NOT_ON_SALE");
  try {
    services->hold(claims, date, {1, 2, 3, 4, 5});
    BOOST_ERROR("it was held");
  } catch (const Refusal& refusal) {
    BOOST_TEST((refusal.on_sale_at() == now + 60'000));
  }
  change.set_date(date, {.on_sale_at = now + -60'000});
  BOOST_TEST(refused_hold({1, 51}) == "SEAT_INVALID");
  services->hold(claims, date, {1});
  change.set_date(date, {.sales_end_at = now + -1000});
  BOOST_TEST(refused_hold({2, 3, 4, 5}) == "DATE_CLOSED");
  change.set_date(
      date, {.on_sale_at = std::optional<Instant>(), .sales_end_at = std::optional<Instant>()});
  services->hold(claims, date, {2});
  BOOST_CHECK(backend().catalogue.date(date)->starts_at == begins);
  BOOST_TEST(services->number("SELECT starts_at = begins_at FROM concert_date") == 1);
}

BOOST_AUTO_TEST_CASE(a_date_may_be_sold_for_a_day_after_it_begins) {
  services->execute(
      "UPDATE concert_date SET starts_at = NOW(3) - INTERVAL 1 HOUR, "
      "sales_end_at = NOW(3) + INTERVAL 1 HOUR");
  services->hold(claims, date, {1});
}

BOOST_AUTO_TEST_CASE(a_stopped_date_takes_no_hold_and_what_is_held_can_be_paid) {
  ChangeCatalogue change(backend().db, {"a", "b", "c"});
  services->charge(claims, 5000);
  const ReservationId mine = services->hold(claims, date, {1});
  change.stop(date);
  BOOST_TEST(refused_hold({2}) == "DATE_CLOSED");
  BOOST_TEST(change.stop(date).changes.empty());
  app().payments.pay(claims, payment_of(mine));
  change.resume(date);
  claims = services->enter(user(1));
  services->hold(claims, date, {2});
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_date_that_is_stopped_after_the_look_is_refused_too) {
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("INSERT INTO reservation ") == std::string_view::npos) return;
    Services other(settings);
    ChangeCatalogue(other.app.backend.db, {"a", "b", "c"}).stop(date);
  });
  BOOST_TEST(refused_hold({1}) == "DATE_CLOSED");
  BOOST_TEST(held() == 0);
}

// What the previous release asks before a hold, and in it.
BOOST_AUTO_TEST_CASE(the_previous_release_sells_no_date_that_is_not_on_sale) {
  ChangeCatalogue change(backend().db, {"a", "b", "c"});
  const auto sells = [&] {
    return services->number(
        "SELECT COUNT(*) FROM concert_date WHERE concert_date_id = ? AND starts_at > NOW(3)",
        {date});
  };
  BOOST_TEST(sells() == 1);
  change.stop(date);
  BOOST_TEST(sells() == 0);
  change.resume(date);
  BOOST_TEST(sells() == 1);
  change.set_date(date, {.on_sale_at = backend().db.now() + 60'000});
  BOOST_TEST(sells() == 0);
  change.set_date(date, {.on_sale_at = std::optional<Instant>()});
  BOOST_TEST(sells() == 1);
}

BOOST_AUTO_TEST_CASE(once_a_stop_has_returned_no_hold_is_made) {
  constexpr int kBuyers = 4;
  const auto results = race(settings, kBuyers + 1, [&](Services& mine, int i) {
    if (i == kBuyers) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ChangeCatalogue(mine.app.backend.db, {"a", "b", "c"}).stop(date);
      return static_cast<int>(
          mine.number("SELECT COALESCE(MAX(reservation_id), 0) FROM reservation"));
    }
    const TokenClaims buyer = mine.enter(user(10 + i));
    int refusals = 0;
    for (int n = 0; n < 1000 && refusals < 20; ++n) {
      try {
        mine.app.reservations.release(buyer, mine.hold(buyer, date, {i + 1}));
      } catch (const Refusal& refusal) {
        if (refusal.reason() == Reason::date_closed) ++refusals;
      }
    }
    return refusals;
  });
  const auto last = services->number("SELECT COALESCE(MAX(reservation_id), 0) FROM reservation");
  BOOST_TEST(results[kBuyers] == last);
  for (int i = 0; i < kBuyers; ++i) BOOST_TEST(results[static_cast<std::size_t>(i)] == 20);
}

BOOST_AUTO_TEST_CASE(held_and_owned_seats_of_the_date_count_against_the_limit) {
  services->charge(claims, 5000);
  app().payments.pay(claims, payment_of(services->hold(claims, date, {1, 2})));
  claims = services->enter(user(1));
  services->hold(claims, date, {3});
  BOOST_TEST(refused_hold({4, 5}) == "SEAT_LIMIT");
  services->hold(claims, date, {4});
  BOOST_TEST(refused_hold({5}) == "SEAT_LIMIT");
  services->hold(claims, add_date(10), {1, 2, 3, 4});  // the limit is per date
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(reservations_that_are_over_are_not_read_for_the_limit) {
  const auto rows_read = [&] {
    auto status =
        backend().db.query("SHOW SESSION STATUS WHERE Variable_name = 'Handler_read_next'");
    long long rows = 0;
    while (status.next()) rows = std::stoll(status.text(2));
    return rows;
  };
  const auto cost_of_a_hold = [&](SeatNumber seat) {
    const auto before = rows_read();
    services->hold(claims, date, {seat});
    return rows_read() - before;
  };
  const auto least = cost_of_a_hold(1);
  for (const char* state : {"RELEASED", "EXPIRED"}) {
    services->execute(
        "INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, "
        "held_until, created_at, ended_at) SELECT ?, ?, ?, 1, 1, NOW(3), NOW(3), NOW(3) FROM " +
            numbers(1, 3000),
        {user(1), date, std::string(state)});
  }
  Session(settings.database, nullptr).run_text("ANALYZE TABLE reservation");
  BOOST_TEST(cost_of_a_hold(2) <= least + 10);
}

BOOST_AUTO_TEST_CASE(released_and_lapsed_seats_do_not_count_against_the_limit) {
  app().reservations.release(claims, services->hold(claims, date, {1, 2, 3, 4}));
  services->hold(claims, date, {1, 2, 3, 4});
  services->lapse_holds();
  services->hold(claims, date, {5, 6, 7, 8});
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(
    more_seats_than_the_limit_are_refused_and_the_limit_is_judged_before_the_seats) {
  services->hold(others, date, {1});
  BOOST_TEST(refused_hold({1, 2, 3, 4, 5}) == "SEAT_LIMIT");
}

BOOST_AUTO_TEST_CASE(the_token_is_judged_before_everything_else) {
  app().leave_queue.run(claims);
  BOOST_TEST(refused([&] { services->hold(claims, DateId{999'999}, {1}); }) == "TOKEN_EXPIRED");
  settings.active_limit = 1;
  const TokenClaims waiting = services->enter(user(3));
  BOOST_TEST(refused([&] { services->hold(waiting, date, {1}); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_CASE(a_seat_lost_between_the_look_and_the_hold_is_named) {
  bool taken = false;
  Services other(settings);
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (taken || sql.find("UPDATE seat SET state = 'HELD'") == std::string_view::npos) return;
    taken = true;
    other.hold(others, date, {1});
  });
  BOOST_TEST(refused_hold({1, 2}) == "SEAT_UNAVAILABLE");
  BOOST_TEST(taken);
  BOOST_TEST(held() == 1);
  BOOST_TEST(services->breaches() == "");
}

// Another user takes seat 1 before every hold and every lock of it, unless it is locked already,
// and gives it back before every look.
struct Rival : TwoUsers {
  Rival() : other(settings) {
    backend().db.observe([this](std::string_view sql, const std::vector<Value>&) {
      const auto is = [&](const char* part) { return sql.find(part) != std::string_view::npos; };
      if (is("FROM token t") && is("LEFT JOIN seat") && theirs) {
        other.app.reservations.release(others, *theirs);
        theirs.reset();
      }
      if ((is("UPDATE seat SET state = 'HELD'") || is(before_lock)) && is_free()) {
        theirs = other.hold(others, date, {1});
        ++taken;
      }
    });
  }
  bool is_free() {
    return other.number(
               "SELECT COUNT(*) FROM seat WHERE seat_number = 1 AND state = 'AVAILABLE' FOR UPDATE "
               "SKIP LOCKED") == 1;
  }

  Services other;
  std::optional<ReservationId> theirs;
  const char* before_lock = "no statement";
  int taken = 0;
};

BOOST_FIXTURE_TEST_CASE(a_request_that_lost_a_seat_which_is_free_again_does_not_lose_it_twice,
                        Rival) {
  const ReservationId mine = services->hold(claims, date, {1, 2});
  BOOST_TEST(taken == 1);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE reservation_id = ?", {mine}) == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_FIXTURE_TEST_CASE(a_seat_lost_between_the_look_and_its_lock_is_named, Rival) {
  before_lock = "ORDER BY s.seat_number FOR UPDATE";
  try {
    services->hold(claims, date, {1, 2});
    BOOST_ERROR("a taken seat was held");
  } catch (const Refusal& refusal) {
    BOOST_CHECK(refusal.reason() == Reason::seat_unavailable);
    BOOST_REQUIRE(refusal.seats().size() == 1U);
    BOOST_TEST(refusal.seats()[0].number == 1);
    BOOST_CHECK(refusal.seats()[0].state == SeatState::held);
  }
  BOOST_TEST(taken == 2);
  BOOST_TEST(held() == 1);
  BOOST_TEST(services->breaches() == "");
}

// In both ways of locking the token: by a plain lock, and by extending its life.
BOOST_AUTO_TEST_CASE(a_token_that_ended_between_the_look_and_the_lock_holds_nothing) {
  for (const char* lock : {"FOR UPDATE", "UPDATE token t JOIN user"}) {
    const TokenClaims leaver = services->enter(user(7));
    if (lock[0] == 'U')
      services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 1 MINUTE");
    Services other(settings);
    bool left = false;
    backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
      if (left || sql.find(lock) == std::string_view::npos) return;
      left = true;
      other.app.leave_queue.run(leaver);
    });
    BOOST_TEST(refused([&] { services->hold(leaver, date, {1}); }) == "TOKEN_EXPIRED");
    backend().db.observe({});
    BOOST_TEST(left, lock);
    BOOST_TEST(held() == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
