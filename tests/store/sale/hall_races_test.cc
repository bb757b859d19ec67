#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <random>

#include "service/admin/block_seats.h"
#include "service/points/refunds.h"
#include "service/sale/reservations.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kInRace{"alice@web1", "test", "because"};
constexpr SeatNumber kHallSeats = 24;

// Three sections of eight seats.
struct SmallHall : OneDateOfFiftySeats {
  SmallHall() {
    hall = add_hall(hall_of(3, 2, 4));
    settings.seat_limit = kHallSeats;
    settings.holds_per_visit = 1'000'000;
    settings.balance_limit = 1'000'000'000;
  }
  // What is left of each section, as the list of sections says and as its seats say.
  std::string told() {
    std::string text;
    for (const SectionSale& sale : backend().halls.on_sale({kMainQueue, concert, hall}))
      text += std::to_string(sale.available_seats) + " ";
    return text;
  }
  std::string counted() {
    std::string text;
    for (const HallSection& section : backend().halls.sections_of(hall)) {
      std::int64_t left = 0;
      for (const Seat& seat : backend().seats.range(hall, section.first_seat, section.last_seat))
        left += seat.state == SeatState::available ? 1 : 0;
      text += std::to_string(left) + " ";
    }
    return text;
  }
  DateId hall;
};

// Some of the seats, ascending.
SeatNumbers some_of(std::mt19937& chance) {
  SeatNumbers seats;
  for (SeatNumber seat = 1; seat <= kHallSeats; ++seat)
    if (chance() % 8 == 0) seats.push_back(seat);
  if (seats.empty()) seats.push_back(1 + static_cast<SeatNumber>(chance() % kHallSeats));
  return seats;
}

// One step of a user who holds, and lets go, lets lapse, or pays and is refunded.
void buy_and_give_back(Services& mine, int i, DateId hall, std::mt19937& chance) {
  const TokenClaims claims = mine.enter_with(user(i), 1'000'000);
  const ReservationId held = mine.hold(claims, hall, some_of(chance));
  switch (chance() % 5) {
    case 0: mine.app.reservations.release(claims, held); return;
    case 1:
      mine.execute("UPDATE seat SET held_until = NOW(3) WHERE reservation_id = ?", {held});
      mine.execute("UPDATE reservation SET held_until = NOW(3) WHERE reservation_id = ?", {held});
      return;
    case 2: release_reservation(mine.app.backend.db, held, kInRace); return;
    default: break;
  }
  mine.app.payments.pay(claims, payment_of(held));
  const auto paid = mine.stores.reservations.record(held)->reservation;
  if (chance() % 2 == 0) refund_seats(mine.app.backend.db, held, {paid.seats.front()}, kInRace);
  if (chance() % 8 != 0) {
    try {
      refund_payment(mine.app.backend.db, payment_of(held), kInRace);
    } catch (const ChangeRefused&) {
      return;  // its only seat was refunded
    }
  }
}

void block_and_unblock(Services& mine, DateId hall, std::mt19937& chance) {
  const SeatNumbers seats{1 + static_cast<SeatNumber>(chance() % kHallSeats)};
  try {
    block_seats(mine.app.backend.db, hall, seats, kInRace);
    unblock_seats(mine.app.backend.db, hall, seats, kInRace);
  } catch (const ChangeRefused&) {
    return;
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hall_races_test, SmallHall)

BOOST_AUTO_TEST_CASE(claims_are_right_after_everything_happened_at_once) {
  constexpr int kSessions = 8;
  constexpr int kRounds = 40;
  const auto results = race(settings, kSessions, [&](Services& mine, int i) {
    std::mt19937 chance(static_cast<unsigned>(i));
    for (int round = 0; round < kRounds; ++round) {
      const int status = status_of([&] {
        if (i == 0) {
          block_and_unblock(mine, hall, chance);
        } else if (i == 1) {
          expire_holds(mine.app.backend.db);
        } else {
          buy_and_give_back(mine, i, hall, chance);
        }
      });
      if (status != 0 && status != 409) return status;
    }
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == kSessions, fmt::format("{}", fmt::join(results, " ")));
  BOOST_TEST(told() == counted());
  services->lapse_holds();
  BOOST_TEST(told() == counted());
  while (expire_holds(backend().db) > 0) {
  }
  BOOST_TEST(told() == counted());
  BOOST_TEST(services->breaches() == "");
}

// The twin: claims that are read and then written.
BOOST_AUTO_TEST_CASE(claims_that_are_read_and_then_written_are_lost) {
  BOOST_TEST(happens_within(20, [&] {
    services->execute("UPDATE hall_section SET claimed_count = 0");
    race(settings, 8, [&](Services& mine, int) {
      for (int round = 0; round < 10; ++round) {
        Transaction transaction(mine.app.backend.db);
        const auto claimed =
            mine.number("SELECT claimed_count FROM hall_section WHERE section_no = 1");
        mine.execute("UPDATE hall_section SET claimed_count = ? WHERE section_no = 1",
                     {claimed + 1});
        transaction.commit();
      }
      return 0;
    });
    return services->number("SELECT claimed_count FROM hall_section WHERE section_no = 1") < 80;
  }));
}

BOOST_AUTO_TEST_CASE(one_transaction_at_a_time_chooses_in_a_section) {
  const HallSection section = *backend().halls.find_section(hall, "102");
  Services other(settings);
  const Transaction transaction(backend().db);
  backend().halls.lock(hall, section);
  // An ordinary hold in the section does not wait for it.
  const TokenClaims claims = other.enter(user(1));
  other.hold(claims, hall, {section.first_seat});
  other.app.backend.db.run_text("SET SESSION innodb_lock_wait_timeout = 1");
  const Transaction waits(other.app.backend.db);
  BOOST_CHECK_THROW(other.stores.halls.lock(hall, section), RetryTransaction);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
