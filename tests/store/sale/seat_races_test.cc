#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "http/body.h"
#include "store/session/errors.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct ManyInside : OneDateOfFiftySeats {
  void let_in(int count) {
    for (int i = 1; i <= count; ++i) inside.push_back(services->enter(user(i)));
  }
  const TokenClaims& of(int i) { return inside.at(static_cast<std::size_t>(i)); }
  std::int64_t held() { return services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'"); }
  void free_all_seats() {
    services->execute(
        "UPDATE seat SET state = 'AVAILABLE', reservation_id = NULL, held_until = NULL");
    services->execute(
        "UPDATE reservation SET state = 'RELEASED', ended_at = NOW(3) WHERE state = 'HELD'");
  }
  std::vector<TokenClaims> inside;
};

// The seats of a body, in the order in which a client asks for them.
SeatNumbers asked_for(int first, int second) {
  Request request;
  request.content_type = "application/json";
  request.body = fmt::format("{{\"seatNumbers\":[{},{}]}}", first, second);
  return parse_seats(parse_object(request));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(seat_races_test, ManyInside)

BOOST_AUTO_TEST_CASE(of_100_users_who_want_one_seat_one_gets_it) {
  let_in(100);
  const auto results = race(settings, 100, [&](Services& mine, int i) {
    return status_of([&] { mine.hold(of(i), date, {7}); });
  });
  BOOST_TEST(count_of(results, 0) == 1);
  BOOST_TEST(count_of(results, 409) == 99);
  BOOST_TEST(held() == 1);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_look_before_a_plain_update_several_get_the_seat) {
  BOOST_TEST(happens_within(50, [&] {
    free_all_seats();
    const auto results = race(settings, 12, [&](Services& mine, int) {
      mine.app.backend.db.run_text("SET SESSION foreign_key_checks = 0");
      if (mine.text("SELECT state FROM seat WHERE seat_number = 7") != "AVAILABLE") return 409;
      mine.execute(
          "UPDATE seat SET state = 'HELD', reservation_id = 1, held_until = NOW(3) WHERE "
          "seat_number = 7");
      return 0;
    });
    return count_of(results, 0) > 1;
  }));
}

BOOST_AUTO_TEST_CASE(overlapping_pairs_asked_for_in_opposite_order_are_held_whole_or_not_at_all) {
  constexpr int kUsers = 12;
  constexpr int kRounds = 25;
  let_in(kUsers);
  const auto results = race(settings, kUsers, [&](Services& mine, int i) {
    const int first = 1 + i % 3;
    const int second = 1 + (i + (i % 2 == 0 ? 1 : 2)) % 3;
    for (int round = 0; round < kRounds; ++round) {
      ReservationId got;
      const int status = status_of([&] { got = mine.hold(of(i), date, asked_for(first, second)); });
      if (status != 0 && status != 409) return status;
      if (status != 0) continue;
      if (mine.number("SELECT COUNT(*) FROM seat WHERE reservation_id = ? AND state = 'HELD'",
                      {got}) != 2)
        return 1;
      const int released = status_of([&] { mine.app.reservations.release(of(i), got); });
      if (released != 0) return released;
    }
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == kUsers, fmt::format("{}", fmt::join(results, " ")));
  BOOST_TEST(held() == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(seats_taken_one_by_one_in_the_order_of_asking_end_in_deadlocks) {
  BOOST_TEST(happens_within(20, [&] {
    const auto results = race(settings, 4, [&](Services& mine, int i) {
      const std::vector<int> seats = i % 2 == 0 ? std::vector<int>{1, 2} : std::vector<int>{2, 1};
      try {
        for (int round = 0; round < 50; ++round) {
          const Transaction transaction(mine.app.backend.db);
          for (const int seat : seats)
            mine.execute("UPDATE seat SET price = price + 1 WHERE seat_number = ?", {seat});
        }
      } catch (const RetryTransaction&) {
        return 1;
      }
      return 0;
    });
    return count_of(results, 1) > 0;
  }));
}

BOOST_AUTO_TEST_CASE(parallel_holds_of_one_user_stay_within_the_limit) {
  let_in(1);
  for (int round = 0; round < 5; ++round) {
    free_all_seats();
    const auto results = race(settings, 10, [&](Services& mine, int i) {
      return status_of([&] { mine.hold(of(0), date, {2 * i + 1, 2 * i + 2}); });
    });
    BOOST_TEST(count_of(results, 0) == 2);
    BOOST_TEST(count_of(results, 409) == 8);
    BOOST_TEST(held() == settings.seat_limit);
    BOOST_TEST(services->breaches() == "");
  }
}

BOOST_AUTO_TEST_CASE(without_the_lock_on_the_token_parallel_holds_of_one_user_exceed_the_limit) {
  let_in(1);
  BOOST_TEST(happens_within(50, [&] {
    free_all_seats();
    race(settings, 10, [&](Services& mine, int i) {
      Stores& backend = mine.stores;
      const SeatNumbers seats{2 * i + 1, 2 * i + 2};
      return status_of([&] {
        run_transaction(backend.db, [&] {
          const std::vector<Seat> wanted{{seats[0], kSeatPrice, SeatState::available},
                                         {seats[1], kSeatPrice, SeatState::available}};
          backend.reservations.insert_hold(
              user(1), date,
              {2, 2 * kSeatPrice, 60'000, backend.db.now() + 86'400'000, settings.seat_limit});
          const auto newest = backend.reservations.newest(user(1), date, settings.holds_per_visit);
          if (newest.own_seats > settings.seat_limit) throw Refusal(Reason::seat_limit, "");
          backend.seats.hold(date, seats, newest.id, newest.held_until);
          backend.reservations.insert_seats(newest.id, wanted);
        });
      });
    });
    return held() > settings.seat_limit &&
           services->breaches().find("seats_within_limit") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(
    parallel_holds_of_one_user_whose_token_must_be_extended_are_not_refused_as_expired) {
  let_in(1);
  settings.seat_limit = 50;
  for (int round = 0; round < 10; ++round) {
    free_all_seats();
    services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 30 SECOND");
    forget_cache();
    const auto results = race(settings, 8, [&](Services& mine, int i) {
      return status_of([&] { mine.hold(of(0), date, {i + 1}); });
    });
    BOOST_TEST(count_of(results, 0) == 8);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
