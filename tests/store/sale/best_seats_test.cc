#include "service/sale/best_seats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>

#include "service/admin/change_catalogue.h"
#include "store/session/transaction.h"
#include "support/choices.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct TwoChoosers : OneDateOfFiftySeats {
  TwoChoosers()
      : mine(services->enter(user(1))), theirs(services->enter(user(2))), other(settings) {}

  std::string best(SeatNumber count) {
    return fmt::format("{}", fmt::join(services->hold_best(mine, date, {{count}}), " "));
  }
  void before(const char* part, const std::function<void()>& call) {
    once_before(backend().db, part, call);
  }
  void block(SeatNumber first, SeatNumber last) {
    services->execute(
        "UPDATE seat SET state = 'SOLD', blocked_at = NOW(3) WHERE concert_date_id = ? AND "
        "seat_number BETWEEN ? AND ?",
        {date, first, last});
  }

  TokenClaims mine;
  TokenClaims theirs;
  Services other;
};

// How the seats of a date are chosen one after the other by what SectionChoice says.
class InTurn {
 public:
  explicit InTurn(SeatNumber seats) {
    row_.spots.assign(static_cast<std::size_t>(seats), Spot::free);
    row_.has_middle = false;
  }
  SeatNumber take(SeatNumber count) {
    SectionChoice choice(ChoiceTerms{count});
    choice.look_at(row_);
    const SeatNumber first = choice.best().value_or(0);
    for (SeatNumber seat = first; first > 0 && seat < first + count; ++seat)
      row_.spots[static_cast<std::size_t>(seat - 1)] = Spot::taken;
    return first;
  }

 private:
  SeatRow row_;
};

constexpr char kHold[] = "UPDATE seat SET state = 'HELD'";
constexpr char kLock[] = "FROM choice_lock";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(best_seats_test, TwoChoosers)

BOOST_AUTO_TEST_CASE(holds_the_lowest_numbers_of_a_date_without_a_layout) {
  BOOST_TEST(best(2) == "1 2");
  BOOST_TEST(best(1) == "3");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") == 3);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(reads_as_far_as_it_needs) {
  date = add_date(1000);
  block(1, 700);
  block(702, 702);
  block(706, 706);
  std::vector<std::string> reads;
  BOOST_TEST(best(3) == "703 704 705");
  backend().db.observe([&](std::string_view sql, const std::vector<Value>& values) {
    if (sql.find("seat_number BETWEEN") != std::string_view::npos)
      reads.push_back(fmt::format("{}-{}", *values[1].number(), *values[2].number()));
  });
  BOOST_TEST(best(1) == "701");
  BOOST_TEST(fmt::format("{}", fmt::join(reads, " ")) == "1-128 129-640 641-1000 1-703");
}

BOOST_AUTO_TEST_CASE(a_choice_at_the_end_of_what_was_read_looks_beyond_it) {
  settings.seat_limit = 100;
  compose();
  date = add_date(200);
  block(1, 125);  // 126 to 128 are the end of the first read
  block(130, 200);
  BOOST_TEST(best(3) == "126 127 128");  // leaves 129, as any three do
  services->lapse_holds();
  services->execute(
      "UPDATE seat SET state = 'AVAILABLE', blocked_at = NULL WHERE seat_number > 129");
  BOOST_TEST(best(3) == "126 127 128");
  BOOST_TEST(best(2) == "129 130");
}

BOOST_AUTO_TEST_CASE(refuses_what_no_row_has_side_by_side) {
  settings.seat_limit = 100;
  compose();
  block(10, 10);
  block(45, 45);
  try {
    services->hold_best(mine, date, {{40}});
    BOOST_ERROR("40 seats were held");
  } catch (const Refusal& refusal) {
    BOOST_CHECK(refusal.reason() == Reason::not_together);
    BOOST_TEST(refusal.largest().value() == 34);
  }
  BOOST_TEST(refused([&] { services->hold_best(mine, date, {{1, true}}); }) == "NOT_TOGETHER");
  block(1, 50);
  BOOST_TEST(refused([&] { best(1); }) == "SEAT_UNAVAILABLE");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 0);
}

BOOST_AUTO_TEST_CASE(the_section_and_the_category_must_be_the_dates) {
  BOOST_TEST(refused([&] { services->hold_best(mine, date, {{1}, "101"}); }) == "FIELD_INVALID");
  BOOST_TEST(refused([&] { services->hold_best(mine, date, {{1}, {}, "R"}); }) == "FIELD_INVALID");
}

BOOST_AUTO_TEST_CASE(one_transaction_at_a_time_chooses_among_the_seats_of_a_date) {
  best(1);
  const auto others_may_choose = [&] {
    return other.number(
               "SELECT COUNT(*) FROM choice_lock WHERE concert_date_id = ? FOR UPDATE SKIP LOCKED",
               {date}) == 1;
  };
  bool may_choose = true;
  before(kHold, [&] { may_choose = others_may_choose(); });
  BOOST_TEST(best(1) == "2");
  BOOST_TEST(!may_choose);
  BOOST_TEST(others_may_choose());
}

BOOST_AUTO_TEST_CASE(a_choice_is_made_once_its_turn_has_come) {
  best(1);
  std::vector<SeatNumber> held;
  before(kLock, [&] { held = other.hold_best(theirs, date, {{2}}); });
  BOOST_TEST(best(2) == "4 5");
  BOOST_TEST(held == (SeatNumbers{2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_others_took_since_the_look_is_told_as_it_is_then) {
  block(3, 50);
  backend().seats.add_choice_lock(date);
  before(kLock, [&] { other.hold(theirs, date, {1}); });
  BOOST_TEST(refused([&] { best(2); }) == "NOT_TOGETHER");
}

BOOST_AUTO_TEST_CASE(seats_that_an_ordinary_hold_took_meanwhile_are_chosen_anew) {
  before(kHold, [&] { other.hold(theirs, date, {1}); });
  BOOST_TEST(best(2) == "2 3");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(seats_that_are_lost_again_and_again_are_locked_before_they_are_held) {
  backend().seats.add_choice_lock(date);
  int taken = 0;
  const auto is_free = [&] {
    return other.number(
               "SELECT COUNT(*) FROM seat WHERE concert_date_id = ? AND seat_number = ? AND state "
               "= "
               "'AVAILABLE' FOR UPDATE SKIP LOCKED",
               {date, taken + 1}) == 1;
  };
  bool is_free_at_insert = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("INSERT INTO reservation (") != std::string_view::npos)
      is_free_at_insert = is_free();
    if (sql.find(kHold) == std::string_view::npos || !is_free()) return;
    other.hold(theirs, date, {++taken});
  });
  best(2);
  // The last choice locks what it reads, so that its seats are not lost once more.
  BOOST_TEST(!is_free_at_insert);
  BOOST_TEST(taken == 3);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") == 5);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_date_can_be_removed_after_a_choice_that_held_nothing) {
  backend().seats.add_choice_lock(date);
  BOOST_TEST(change_refused([&] {
               ChangeCatalogue(backend().db, {"a", "b", "c"}).remove_date(date, backend().db.now());
             }) == "");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM choice_lock") == 0);
}

BOOST_AUTO_TEST_CASE(many_choosers_get_what_they_would_get_one_after_the_other) {
  constexpr int kChoosers = 8;
  constexpr SeatNumber kSeats = 400;
  settings.seat_limit = kSeats;
  compose();
  date = add_date(kSeats);
  std::vector<TokenClaims> inside;
  for (int i = 0; i < kChoosers; ++i) inside.push_back(services->enter(user(10 + i)));
  TakingOrder order(*services);
  const auto results = race(settings, kChoosers, [&](Services& own, int i) {
    TakingOrder::record(own);
    const TokenClaims& claims = inside[static_cast<std::size_t>(i)];
    for (SeatNumber round = 0; round < kSeats; ++round) {
      const int status = status_of([&] { own.hold_best(claims, date, {{1 + (i + round) % 4}}); });
      if (status == 409) break;
      if (status != 0) return status;
    }
    while (status_of([&] { own.hold_best(claims, date, {{1}}); }) == 0) continue;
    return static_cast<int>(own.metrics.value(Metrics::database_deadlocks));
  });
  BOOST_TEST(count_of(results, 0) == kChoosers, fmt::format("{}", fmt::join(results, " ")));
  InTurn in_turn(kSeats);
  SeatNumber taken = 0;
  for (const auto& [first, count] : order.taken()) {
    BOOST_TEST(first == in_turn.take(count));
    taken += count;
  }
  BOOST_TEST(taken == kSeats);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(without_the_lock_a_choice_is_lost_though_other_seats_are_free) {
  backend().seats.add_choice_lock(date);
  const auto lost_in_a_round = [&](bool locks) {
    services->execute("UPDATE seat SET state = 'AVAILABLE', blocked_at = NULL");
    const auto results = race(settings, 8, [&](Services& own, int) {
      return run_transaction(own.stores.db, [&] {
        SeatStore& seats = own.stores.seats;
        if (locks) seats.lock_choice(date);
        const auto free = seats.free_seats(date, {1, 50}, SeatStore::Reading::plain);
        return seats.block(date, {free.front().number}) == 1 ? 0 : 1;
      });
    });
    return count_of(results, 1);
  };
  BOOST_TEST(happens_within(50, [&] { return lost_in_a_round(false) > 0; }));
  for (int i = 0; i < 10; ++i) BOOST_TEST(lost_in_a_round(true) == 0);
}

BOOST_AUTO_TEST_CASE(a_choice_with_a_key_is_made_again_after_a_deadlock) {
  before("UPDATE seat SET state = 'HELD'", [] { throw RetryTransaction("a deadlock"); });
  HoldRequest request{date, {}, key_of(IdempotentRoute::reservation, "a key", "a body")};
  request.wish = SeatWish{{2}};
  SeatNumbers seats;
  app().reservations.hold(mine, request, [&](const Reservation& held) {
    seats = held.seats;
    return std::string("x");
  });
  BOOST_TEST(seats == (SeatNumbers{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(choices_and_ordinary_holds_beside_each_other_hold_no_seat_twice) {
  constexpr int kBuyers = 8;
  constexpr SeatNumber kSeats = 200;
  settings.seat_limit = kSeats;
  compose();
  date = add_date(kSeats);
  std::vector<TokenClaims> inside;
  for (int i = 0; i < kBuyers; ++i) inside.push_back(services->enter(user(10 + i)));
  const auto results = race(settings, kBuyers, [&](Services& own, int i) {
    const TokenClaims& claims = inside[static_cast<std::size_t>(i)];
    for (SeatNumber round = 0; round < 50; ++round) {
      const SeatNumber seat = 1 + (7 * i + 3 * round) % (kSeats - 1);
      const int status = status_of([&] {
        if (i % 2 == 0) {
          own.hold_best(claims, date, {{1 + round % 3}});
        } else {
          own.hold(claims, date, {seat, seat + 1});
        }
      });
      if (status != 0 && status != 409) return status;
    }
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == kBuyers, fmt::format("{}", fmt::join(results, " ")));
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") ==
             services->number("SELECT COUNT(*) FROM reservation_seat"));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
