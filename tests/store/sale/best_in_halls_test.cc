#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>

#include "service/admin/block_seats.h"
#include "service/admin/change_catalogue.h"
#include "service/sale/best_seats.h"
#include "support/choices.h"
#include "support/race.h"

namespace concert::test {
namespace {

// Three sections of two rows of six seats, of which 1, 2 and 13 are accessible.
struct Theatre : OneDateOfFiftySeats {
  Theatre() : other(settings) {
    hall = add_hall(hall_of(3, 2, 6), {1, 2, 13});
    settings.seat_limit = 100;
    compose();
    mine = services->enter(user(1));
    theirs = services->enter(user(2));
  }

  std::string best(const SeatWish& wish) {
    return fmt::format("{}", fmt::join(services->hold_best(mine, hall, wish), " "));
  }
  // How many side by side there are at most, where so many as the wish wants are not.
  SeatNumber largest(const SeatWish& wish) {
    try {
      services->hold_best(mine, hall, wish);
    } catch (const Refusal& refusal) {
      return refusal.largest().value_or(-1);
    }
    return 1000;
  }
  void block(SeatNumber first, SeatNumber last) {
    SeatNumbers seats;
    for (SeatNumber seat = first; seat <= last; ++seat) seats.push_back(seat);
    block_seats(backend().db, hall, seats, {"a", "b", "c"});
  }
  void before(const char* part, const std::function<void()>& call) {
    once_before(backend().db, part, call);
  }
  void require_right_claims() {
    for (const SectionSale& sale : backend().halls.on_sale({kMainQueue, concert, hall})) {
      const auto& [first, last] = std::pair(sale.section.first_seat, sale.section.last_seat);
      std::int64_t left = 0;
      for (const Seat& seat : backend().seats.range(hall, first, last))
        left += seat.state == SeatState::available ? 1 : 0;
      BOOST_TEST(sale.available_seats == left);
    }
    BOOST_TEST(services->breaches() == "");
  }

  DateId hall;
  Services other;
  TokenClaims mine;
  TokenClaims theirs;
};

constexpr char kTake[] = "UPDATE seat SET state = 'HELD'";
constexpr char kTurn[] = "FROM hall_row WHERE concert_date_id = ? AND row_no = ? FOR UPDATE";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(best_in_halls_test, Theatre)

BOOST_AUTO_TEST_CASE(the_middle_of_the_front_row_of_the_first_section_is_held) {
  std::optional<Reservation> made;
  app().reservations.hold(mine, {hall, {}, {}, "", SeatWish{{2}}}, [&](const Reservation& held) {
    made = held;
    return std::string("x");
  });
  BOOST_REQUIRE(made);
  BOOST_TEST(made->seats == (SeatNumbers{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(made->total == 4 * kSeatPrice);
  const SeatPlace& place = made->as_held.at(1).place;
  BOOST_TEST(place.label == "A-4");
  BOOST_TEST(place.section == "101");
  BOOST_TEST(place.row == "A");
  BOOST_TEST(place.category == "R");
  require_right_claims();
}

BOOST_AUTO_TEST_CASE(a_section_and_a_category_may_be_named) {
  BOOST_TEST(best({{2}, "103"}) == "27 28");
  BOOST_TEST(best({{2}, {}, "S"}) == "15 16");
  BOOST_TEST(best({{2}, "102", "S"}) == "17 18");
  for (const SeatWish& wish :
       {SeatWish{{1}, "104"}, SeatWish{{1}, "101", "S"}, SeatWish{{1}, {}, "T"}})
    BOOST_TEST(refused([&] { services->hold_best(mine, hall, wish); }) == "FIELD_INVALID");
}

BOOST_AUTO_TEST_CASE(accessible_seats_are_kept_for_those_who_want_one) {
  BOOST_TEST(best({{3, true}}) == "1 2 3");
  BOOST_TEST(largest({{1, true}, "103"}) == 0);
  BOOST_TEST(best({{1, true}}) == "13");
  // Of section 101, 4 to 12 are left.
  BOOST_TEST(best({{6}}) == "7 8 9 10 11 12");
  BOOST_TEST(best({{3}}) == "4 5 6");
}

BOOST_AUTO_TEST_CASE(others_get_accessible_seats_only_if_no_section_has_another_choice) {
  block(3, 12);
  BOOST_TEST(best({{2}}) == "15 16");  // 14 and 13 are left beside them
  BOOST_TEST(best({{2}, "101"}) == "1 2");
}

BOOST_AUTO_TEST_CASE(a_section_with_too_few_seats_left_is_not_read) {
  block(1, 11);
  bool was_read = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>& values) {
    if (sql.find("seat_number BETWEEN") != std::string_view::npos && *values[1].number() <= 12)
      was_read = true;
  });
  BOOST_TEST(best({{2}}) == "15 16");
  BOOST_TEST(!was_read);
}

BOOST_AUTO_TEST_CASE(a_section_without_a_choice_is_read_again_once_its_seats_change) {
  block(1, 2);
  block(4, 5);
  block(7, 8);
  block(10, 11);
  int reads = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>& values) {
    if (sql.find("seat_number BETWEEN") != std::string_view::npos && *values[1].number() <= 12)
      ++reads;
  });
  BOOST_TEST(best({{2}}) == "15 16");
  BOOST_TEST(reads == 1);
  BOOST_TEST(best({{2}}) == "17 18");
  BOOST_TEST(reads == 1);
  BOOST_TEST(best({{1}}) == "3");
  unblock_seats(backend().db, hall, {8}, {"a", "b", "c"});
  BOOST_TEST(best({{2}}) == "8 9");
  backend().db.observe({});
  require_right_claims();
}

BOOST_AUTO_TEST_CASE(a_section_without_a_choice_is_read_again_once_a_hold_lapses_in_it) {
  block(1, 4);
  block(7, 12);
  services->hold(theirs, hall, {5});
  BOOST_TEST(best({{2}}) == "15 16");
  services->lapse_holds();
  BOOST_TEST(best({{2}}) == "5 6");
  require_right_claims();
}

BOOST_AUTO_TEST_CASE(a_choice_whose_prices_changed_since_the_look_costs_what_its_seats_cost) {
  const AdminAction action{"a", "b", "c"};
  before(kTurn, [&] {
    ChangeCatalogue(other.app.backend.db, action).set_price(hall, 7 * kSeatPrice, "R");
  });
  BOOST_TEST(best({{2}}) == "3 4");
  BOOST_TEST(services->number("SELECT total_price FROM reservation") == 14 * kSeatPrice);
  require_right_claims();
}

BOOST_AUTO_TEST_CASE(the_most_side_by_side_may_be_in_a_section_with_too_few_seats) {
  block(1, 9);
  block(13, 36);
  BOOST_TEST(largest({{4}}) == 3);
  block(10, 12);
  BOOST_TEST(refused([&] { best({{4}}); }) == "SEAT_UNAVAILABLE");
}

BOOST_AUTO_TEST_CASE(one_transaction_at_a_time_chooses_in_a_section) {
  const auto may_choose = [&](std::int64_t row) {
    return other.number(
        "SELECT COUNT(*) FROM hall_row WHERE concert_date_id = ? AND row_no = ? FOR UPDATE SKIP "
        "LOCKED",
        {hall, row});
  };
  std::int64_t here = 1;
  std::int64_t elsewhere = 0;
  before(kTake, [&] {
    here = may_choose(1);
    elsewhere = may_choose(3);
  });
  BOOST_TEST(best({{1}}) == "3");
  BOOST_TEST(here == 0);
  BOOST_TEST(elsewhere == 1);
}

BOOST_AUTO_TEST_CASE(a_choice_in_a_section_is_made_once_its_turn_has_come) {
  std::vector<SeatNumber> held;
  before(kTurn, [&] { held = other.hold_best(theirs, hall, {{2}}); });
  BOOST_TEST(best({{2}}) == "5 6");
  BOOST_TEST(held == (SeatNumbers{3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_lost_in_a_section_is_looked_for_in_all_again) {
  block(3, 4);
  block(7, 12);
  before(kTurn, [&] { other.hold(theirs, hall, {5}); });
  BOOST_TEST(best({{2}}) == "15 16");
  require_right_claims();
}

BOOST_AUTO_TEST_CASE(many_choosers_in_a_section_get_what_they_would_get_one_after_the_other) {
  constexpr int kChoosers = 8;
  constexpr std::int32_t kRows = 12;
  constexpr SeatNumber kOfRow = 15;
  const SeatNumbers accessible{181, 182, 195, 200, 215, 301};
  settings.seat_limit = 1000;
  compose();
  hall = add_hall(hall_of(3, kRows, kOfRow), accessible);
  std::vector<TokenClaims> inside;
  for (int i = 0; i < kChoosers; ++i) inside.push_back(services->enter(user(10 + i)));
  TakingOrder order(*services);
  const auto results = race(settings, kChoosers, [&](Services& own, int i) {
    TakingOrder::record(own);
    const TokenClaims& claims = inside[static_cast<std::size_t>(i)];
    for (int round = 0; round < 60; ++round) {
      const SeatWish wish{{1 + (i + round) % 4, i == 0 && round % 5 == 0}, "102"};
      const int status = status_of([&] { own.hold_best(claims, hall, wish); });
      if (status != 0 && status != 409) return status;
    }
    return static_cast<int>(own.metrics.value(Metrics::database_deadlocks));
  });
  BOOST_TEST(count_of(results, 0) == kChoosers, fmt::format("{}", fmt::join(results, " ")));

  std::vector<SeatRow> rows;
  const auto section = backend().halls.find_section(hall, "102");
  for (const HallRow& row : section->rows) {
    rows.push_back({row.first_seat, std::vector<Spot>(kOfRow, Spot::free)});
    for (SeatNumber seat = row.first_seat; seat <= row.last_seat; ++seat) {
      if (std::binary_search(accessible.begin(), accessible.end(), seat))
        rows.back().spots[static_cast<std::size_t>(seat - row.first_seat)] = Spot::free_accessible;
    }
  }
  int choices = 0;
  int accessible_only = 0;
  for (const auto& [first, count] : order.taken()) {
    const auto chosen_for = [&, count = count](bool wants_accessible) {
      SectionChoice choice({count, wants_accessible});
      for (const SeatRow& row : rows) choice.look_at(row);
      return choice.best() ? *choice.best() : choice.last_resort().value_or(0);
    };
    const bool is_ordinary = chosen_for(false) == first;
    // One of them asked for accessible seats now and then.
    BOOST_TEST((is_ordinary || chosen_for(true) == first));
    accessible_only += is_ordinary ? 0 : 1;
    ++choices;
    for (SeatRow& row : rows) {
      for (std::size_t i = 0; i < row.spots.size(); ++i) {
        const SeatNumber seat = row.first + static_cast<SeatNumber>(i);
        if (seat >= first && seat < first + count) row.spots[i] = Spot::taken;
      }
    }
  }
  BOOST_TEST(choices > 60);
  BOOST_TEST(accessible_only <= 12);
  require_right_claims();
}

BOOST_AUTO_TEST_CASE(choices_holds_and_releases_beside_each_other_hold_no_seat_twice) {
  constexpr int kBuyers = 8;
  settings.seat_limit = 1000;
  compose();
  hall = add_hall(hall_of(4, 4, 10));
  std::vector<TokenClaims> inside;
  for (int i = 0; i < kBuyers; ++i) inside.push_back(services->enter(user(10 + i)));
  const auto results = race(settings, kBuyers, [&](Services& own, int i) {
    const TokenClaims& claims = inside[static_cast<std::size_t>(i)];
    for (SeatNumber round = 0; round < 60; ++round) {
      const SeatNumber seat = 1 + (13 * i + 7 * round) % 159;
      const int status = status_of([&] {
        if (i % 3 == 0) {
          const ReservationId held = own.hold(claims, hall, {seat, seat + 1});
          if (round % 2 == 0) own.app.reservations.release(claims, held);
        } else if (i % 3 == 1) {
          own.hold_best(claims, hall, {{1 + round % 4}});
        } else {
          own.hold_best(claims, hall, {{1 + round % 3}, std::to_string(101 + round % 4)});
        }
      });
      if (status != 0 && status != 409) return status;
    }
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == kBuyers, fmt::format("{}", fmt::join(results, " ")));
  require_right_claims();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
