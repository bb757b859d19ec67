#include "service/admin/cancel_date.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "service/admin/change_catalogue.h"
#include "service/admin/import_tour.h"
#include "service/points/refunds.h"
#include "store/sale/bulk_reservation_store.h"
#include "store/sale/ticket_store.h"
#include "support/race.h"
#include "support/stack.h"

namespace concert::test {
namespace {

const AdminAction kFlood{"alice@web1", "date cancel", "a flood"};

// Two users who have paid for two seats each, and one who holds two.
struct OneDateToCancel : OneDateOfFiftySeats {
  OneDateToCancel() {
    buy(user(1), {1, 2});
    buy(user(2), {3, 4});
    held = services->hold(services->enter_with(user(3), 5000), date, {5, 6});
  }

  ReservationId buy(const UserId& who, const SeatNumbers& seats) {
    const TokenClaims claims = services->enter_with(who, 5000);
    const ReservationId id = services->hold(claims, date, seats);
    app().payments.pay(claims, payment_of(id));
    return id;
  }
  CancelDate::Begun begin() { return CancelDate(backend().db, kFlood).begin(date); }
  BulkReservationStore::Refunded complete() {
    return CancelDate(backend().db, kFlood).complete(date, [](std::int64_t) {});
  }
  BulkReservationStore::Refunded cancel() {
    begin();
    return complete();
  }
  std::string states() {
    return services->text(
        "SELECT GROUP_CONCAT(state ORDER BY reservation_id SEPARATOR ' ') FROM reservation");
  }
  std::string balances() {
    return services->text("SELECT GROUP_CONCAT(balance ORDER BY user_id SEPARATOR ' ') FROM user");
  }
  std::int64_t refunds() {
    return services->number("SELECT COUNT(*) FROM ledger_entry WHERE kind = 'REFUND'");
  }
  ChangeCatalogue change() { return {backend().db, {"bob@web1", "date set", "w"}}; }
  Instant starts_at() { return backend().catalogue.date(date)->starts_at; }

  ReservationId held;
};

bool has_part(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cancel_date_test, OneDateToCancel)

BOOST_AUTO_TEST_CASE(holds_are_released_everybody_is_refunded_and_tickets_are_void) {
  const auto begun = begin();
  BOOST_TEST(begun.tickets.sold == 4);
  BOOST_TEST(begun.tickets.held == 2);
  BOOST_TEST(begun.concert.value == concert.value);
  std::vector<std::int64_t> reports;
  const auto refunded = CancelDate(backend().db, kFlood).complete(date, [&](std::int64_t done) {
    reports.push_back(done);
  });
  BOOST_TEST(reports == (std::vector<std::int64_t>{2, 6}));
  BOOST_TEST(refunded.reservations == 2);
  BOOST_TEST(refunded.tickets == 4);
  BOOST_TEST(refunded.points == 4000);
  BOOST_TEST(states() == "REFUNDED REFUNDED RELEASED");
  BOOST_TEST(balances() == "5000 5000 5000");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state <> 'AVAILABLE'") == 0);
  for (const TicketRecord& record : TicketStore(backend().db).of_date(date))
    BOOST_CHECK(record.ticket.state == TicketState::voided);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_beginning_and_the_end_are_recorded_with_who_and_why_once) {
  cancel();
  const auto recorded = backend().admin_actions.newest(10);
  BOOST_REQUIRE(recorded.size() == 2U);
  for (const RecordedAction& one : recorded) {
    BOOST_TEST(one.action.who == "alice@web1");
    BOOST_TEST(one.action.why == "a flood");
    BOOST_TEST(has_part(one.subject, fmt::format(R"({{"concertDateId":{},)", date.value)));
  }
  BOOST_TEST(has_part(recorded[1].subject, R"("ticketsSold":4,"ticketsHeld":2})"));
  BOOST_TEST(has_part(recorded[0].subject, R"("ticketsRefunded":4,"pointsRefunded":4000})"));
  BOOST_TEST(begin().is_complete);
  BOOST_TEST(complete().points == 4000);
  BOOST_TEST(refunds() == 2);
  BOOST_TEST(backend().admin_actions.newest(10).size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_was_begun_is_completed_by_whoever_runs_it_again) {
  begin();
  refund_batch(backend().db, date, {});
  BOOST_TEST(states() == "REFUNDED REFUNDED HELD");
  BOOST_TEST(services->breaches() == "");
  BOOST_TEST(!begin().is_complete);
  BOOST_TEST(complete().reservations == 2);
  BOOST_TEST(states() == "REFUNDED REFUNDED RELEASED");
  BOOST_TEST(begin().is_complete);
  BOOST_TEST(refunds() == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(more_than_a_batch_of_holds_and_payments_end) {
  date = add_date(200);
  settings.seat_limit = 200;
  for (SeatNumber seat = 1; seat <= 2 * kRefundBatch + 1; ++seat) buy(user(100), {seat});
  const TokenClaims holder = services->enter(user(101));
  for (SeatNumber seat = 101; seat <= 101 + kReleaseBatch; ++seat)
    services->hold(holder, date, {seat});
  std::vector<std::int64_t> reports;
  begin();
  CancelDate(backend().db, kFlood).complete(date, [&](std::int64_t done) {
    reports.push_back(done);
  });
  BOOST_TEST(reports == (std::vector<std::int64_t>{50, 51, 76, 101, 102}));
  BOOST_TEST(refunds() == 2 * kRefundBatch + 1);
  BOOST_TEST(!BulkReservationStore(backend().db).has_live(date));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(once_it_has_begun_nobody_holds_or_pays) {
  services->charge(services->enter(user(3)), 1);
  begin();
  const TokenClaims claims = services->enter(user(3));
  BOOST_TEST(refused([&] { services->hold(claims, date, {9}); }) == "DATE_CANCELLED");
  BOOST_TEST(refused([&] { app().payments.pay(claims, payment_of(held)); }) == "DATE_CANCELLED");
  BOOST_TEST(balances() == "3000 3000 5001");
  app().reservations.release(claims, held);
  BOOST_TEST(refused([&] { app().payments.pay(claims, payment_of(held)); }) == "HOLD_EXPIRED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_cancelled_date_is_told_before_a_sale_that_has_not_begun) {
  change().set_date(date, {.on_sale_at = backend().db.now() + 60'000});
  begin();
  const TokenClaims claims = services->enter(user(3));
  BOOST_TEST(refused([&] { services->hold(claims, date, {1, 2, 3, 4, 5}); }) == "DATE_CANCELLED");
  BOOST_TEST(refused([&] { services->hold(claims, date, {51}); }) == "SEAT_INVALID");
}

BOOST_AUTO_TEST_CASE(it_is_not_listed_and_its_seats_say_so) {
  cancel();
  BOOST_TEST(backend().concerts.bookable_dates(concert)->dates.empty());
  const auto all = backend().concerts.all_dates(concert)->dates;
  BOOST_REQUIRE(all.size() == 1U);
  const Instant now = backend().db.now();
  BOOST_CHECK(all[0].terms.state_at(now) == SaleState::cancelled);
  const DateSeats seats = app().catalogue.seats(services->enter(user(3)), concert, date);
  BOOST_CHECK(seats.terms.state_at(now) == SaleState::cancelled);
}

// What the previous release asks before a hold, and in it.
BOOST_AUTO_TEST_CASE(the_previous_release_does_not_sell_it) {
  const auto sells = [&] {
    return services->number("SELECT COUNT(*) FROM concert_date WHERE starts_at > NOW(3)");
  };
  BOOST_TEST(sells() == 1);
  begin();
  BOOST_TEST(sells() == 0);
}

BOOST_AUTO_TEST_CASE(a_replacement_may_begin_at_its_time_or_near_it) {
  const Instant at = starts_at();
  const auto add = [&](Instant when) { change().add_date({concert, when, "", 2, 100}); };
  BOOST_TEST(has_part(change_refused([&] { add(at); }), "already has a date"));
  cancel();
  add(at);
  BOOST_TEST(has_part(change_refused([&] { add(at); }), "already has a date"));
  BOOST_TEST(has_part(change_refused([&] { add(at + 60'000); }), "less than two hours"));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(it_is_for_good) {
  cancel();
  const std::string told = fmt::format("date {} was cancelled at ", date.value);
  const auto refuses = [&](const auto& call) { return has_part(change_refused(call), told); };
  BOOST_TEST(refuses([&] { change().resume(date); }));
  BOOST_TEST(refuses([&] { change().stop(date); }));
  BOOST_TEST(refuses([&] { change().set_date(date, {.venue = "Annex"}); }));
  BOOST_TEST(refuses([&] { change().set_price(date, 7); }));
  BOOST_TEST(refuses([&] { change().add_seats(date, 7, 7); }));
  BOOST_TEST(has_part(change_refused([&] { change().remove_date(date, backend().db.now()); }),
                      "has reservations"));
  BOOST_TEST(change_refused([&] { CancelDate(backend().db, kFlood).begin(DateId{999'999'999}); }) ==
             "there is no date 999999999.");
}

BOOST_AUTO_TEST_CASE(a_file_that_says_the_same_of_it_is_brought_again_and_no_other) {
  TourDate wanted{starts_at() + 86'400'000, {100, 100}, "concerts[0].dates[0]", "night 1"};
  const auto bring = [&] {
    Tour tour{{"Winter Journey", "Hall", {wanted}, "concerts[0]", "winter"}};
    return import_tour(backend().db, tour, kFlood);
  };
  date = bring().dates.at(0);
  cancel();
  BOOST_TEST(bring().dates_there == 1);
  wanted.prices = {100, 200};
  BOOST_TEST(has_part(change_refused(bring), "was cancelled at"));
  wanted.starts_at = wanted.starts_at + 1;
  BOOST_TEST(has_part(change_refused(bring), "was cancelled at"));
  wanted = {backend().catalogue.date(date)->starts_at, {100, 200}, "concerts[0].dates[0]", "2"};
  BOOST_TEST(bring().dates.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_balance_that_would_pass_the_range_is_named_and_all_others_are_refunded) {
  services->execute("UPDATE user SET balance = ? WHERE user_id = ?", {kMaxPoints - 1, user(1)});
  const std::string told = change_refused([&] { cancel(); });
  BOOST_TEST(has_part(told, "all others are refunded, but not payment "), told);
  BOOST_TEST(states() == "PAID REFUNDED RELEASED");
  BOOST_TEST(!begin().is_complete);
  services->execute("UPDATE user SET balance = 3000 WHERE user_id = ?", {user(1)});
  BOOST_TEST(complete().points == 4000);
  BOOST_TEST(balances() == "5000 5000 5000");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(cancellations_beside_holds_payments_and_refunds_refund_everybody_once) {
  constexpr int kRounds = 5;
  for (int round = 0; round < kRounds; ++round) {
    if (round > 0) date = add_date(50);
    const std::int64_t before = refunds();
    const auto results = race(settings, 8, [&](Services& mine, int i) {
      const auto act = [&] {
        if (i < 2) {
          CancelDate cancel(mine.app.backend.db, kFlood);
          cancel.begin(date);
          cancel.complete(date, [](std::int64_t) {});
          return;
        }
        const TokenClaims claims = mine.enter_with(user(10 + i), 1000);
        for (SeatNumber seat = 1; seat <= 5; ++seat) {
          const ReservationId id = mine.hold(claims, date, {seat * 8 + i});
          if (seat == 5) mine.app.payments.pay(claims, payment_of(id));
          if (seat == 2) mine.app.reservations.release(claims, id);
        }
      };
      const int status = status_of(act);
      return status == 0 || status == 409 || status == 410 ? 0 : status;
    });
    BOOST_TEST(count_of(results, 0) == 8);
    const std::string paid = fmt::format(
        "SELECT COUNT(*) FROM payment p JOIN reservation r ON r.reservation_id = p.payment_id "
        "WHERE r.concert_date_id = {}",
        date.value);
    BOOST_TEST(refunds() - before == services->number(paid));
    BOOST_TEST(!BulkReservationStore(backend().db).has_live(date));
    BOOST_TEST(services->breaches() == "");
  }
}

BOOST_AUTO_TEST_CASE(batches_beside_each_other_and_beside_charges_keep_the_books_right) {
  constexpr int kBuyers = 10;
  std::vector<TokenClaims> buyers;
  for (int i = 0; i < kBuyers; ++i) {
    buy(user(20 + i), {10 + i});
    buyers.push_back(services->enter(user(20 + i)));
  }
  begin();
  const auto results = race(settings, 8, [&](Services& mine, int i) {
    return status_of([&] {
      if (i < 4) {
        refund_batch(mine.app.backend.db, date, {});
        return;
      }
      for (const TokenClaims& buyer : buyers) mine.charge(buyer, 1);
    });
  });
  BOOST_TEST(count_of(results, 0) == 8);
  BOOST_TEST(refunds() == 2 + kBuyers);
  BOOST_TEST(services->breaches() == "");
}

// A concertd of the previous release reads the date without a lock, and refers to it with one: it
// may hold seats just after the date was cancelled.
BOOST_AUTO_TEST_CASE(a_hold_of_the_previous_release_that_is_under_way_is_waited_for) {
  begin();
  race(settings, 2, [&](Services& mine, int i) {
    if (i == 0) {
      mine.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED");
      eventually([&] {
        return mine.number("SELECT COUNT(*) FROM reservation_seat WHERE seat_number = 40") == 1;
      });
      mine.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
      CancelDate(mine.app.backend.db, kFlood).complete(date, [](std::int64_t) {});
      return 0;
    }
    Session session(settings.database, nullptr);
    session.begin();
    session.execute(R"(
        INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, held_until, created_at)
        VALUES (?, ?, 'HELD', 1, 1000, NOW(3) + INTERVAL 5 MINUTE, NOW(3)))",
                    {user(3), date});
    const ReservationId id{session.last_insert_id()};
    session.execute(
        "UPDATE seat SET state = 'HELD', reservation_id = ?, held_until = (SELECT held_until FROM "
        "reservation WHERE reservation_id = ?) WHERE concert_date_id = ? AND seat_number = 40",
        {id, id, date});
    session.execute(
        "INSERT INTO reservation_seat (reservation_id, seat_number, price) VALUES (?, 40, 1000)",
        {id});
    eventually([&] {
      return mine.number(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() "
                 "AND info LIKE '%FROM concert_date WHERE concert_date_id = % FOR UPDATE%'") == 1;
    });
    session.commit();
    return 0;
  });
  BOOST_TEST(!BulkReservationStore(backend().db).has_live(date));
  BOOST_TEST(states() == "REFUNDED REFUNDED RELEASED RELEASED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
