#include <fmt/format.h>
#include <json/json.h>

#include <boost/test/unit_test.hpp>

#include "service/admin/change_catalogue.h"
#include "service/admin/queues.h"
#include "service/points/payments.h"
#include "service/sale/catalogue.h"
#include "service/upkeep/maintain.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kByBob{"bob@web1", "test", "because"};

// The concert of the fixture is in the main queue. Another one, with a date of ten seats, is in a
// queue of its own.
struct TwoQueues : OneDateOfFiftySeats {
  TwoQueues() {
    own = add_queue(backend().db, "own", kByBob);
    other_concert = backend().concerts.add("Another", "Elsewhere");
    const ConcertId first = concert;
    concert = other_concert;
    other_date = add_date(10);
    concert = first;
    move(other_concert, own);
  }
  void move(ConcertId which, QueueId to) {
    ConcertChange change;
    change.queue = to;
    ChangeCatalogue(backend().db, kByBob).set_concert(which, change);
  }
  TokenClaims enter(QueueId queue, int number) {
    return app().token_text.read(app().issue_token.run(queue, user(number)).answer.token);
  }
  std::string seats(const TokenClaims& claims, ConcertId of, DateId on) {
    return refused([&] { app().catalogue.seats(claims, of, on); });
  }
  std::string dates(const TokenClaims& claims, ConcertId of) {
    return refused(
        [&] { app().catalogue.dates(claims, of, [](const BookableDates&) { return "x"; }); });
  }
  std::int64_t waiting(QueueId queue) { return backend().queues.read(queue).waiting_count; }
  std::int64_t active(QueueId queue) { return backend().queues.read(queue).active_count; }

  QueueId own;
  ConcertId other_concert;
  DateId other_date;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(many_queues_test, TwoQueues)

BOOST_AUTO_TEST_CASE(a_user_has_a_token_and_a_place_in_each_queue) {
  settings.active_limit = 1;
  compose();
  const TokenClaims here = enter(kMainQueue, 1);
  const TokenClaims there = enter(own, 1);
  BOOST_CHECK(here.id != there.id);
  BOOST_CHECK(there.queue == own);
  BOOST_CHECK(there.state == TokenState::active);
  BOOST_CHECK(enter(own, 1).id == there.id);
  BOOST_TEST(enter(own, 2).place.value() == 1);
  BOOST_TEST(enter(own, 3).place.value() == 2);
  BOOST_TEST(enter(kMainQueue, 4).place.value() == 1);
  BOOST_TEST(services->poll(enter(own, 3)).position.value() == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_token_opens_the_concerts_of_its_queue) {
  const TokenClaims here = enter(kMainQueue, 1);
  const TokenClaims there = enter(own, 1);
  BOOST_TEST(seats(here, concert, date) == "");
  BOOST_TEST(seats(there, other_concert, other_date) == "");
  BOOST_TEST(seats(here, other_concert, other_date) == "WRONG_QUEUE");
  BOOST_TEST(seats(there, concert, date) == "WRONG_QUEUE");
  BOOST_TEST(seats(there, other_concert, date) == "DATE_NOT_FOUND");
  BOOST_TEST(dates(here, concert) == "");
  BOOST_TEST(dates(there, other_concert) == "");
  BOOST_TEST(dates(here, other_concert) == "WRONG_QUEUE");
  BOOST_TEST(dates(here, ConcertId{999'999}) == "CONCERT_NOT_FOUND");
  BOOST_TEST(refused([&] { services->hold(here, other_date, {1}); }) == "WRONG_QUEUE");
  BOOST_TEST(refused([&] { services->hold_best(there, date, {{1}}); }) == "WRONG_QUEUE");
  const auto listed = [&](const TokenClaims& claims) {
    return app().catalogue.concerts(claims, ConcertId{}, 10);
  };
  BOOST_REQUIRE(listed(here).size() == 1U);
  BOOST_CHECK(listed(here).front().id == concert);
  BOOST_REQUIRE(listed(there).size() == 1U);
  BOOST_CHECK(listed(there).front().id == other_concert);
}

BOOST_AUTO_TEST_CASE(sections_are_opened_by_the_tokens_of_their_queue) {
  const DateId hall = add_hall(hall_of(2, 1, 4));
  const TokenClaims here = enter(kMainQueue, 1);
  const TokenClaims there = enter(own, 1);
  const auto asked = [&](const TokenClaims& claims) {
    return refused([&] { app().catalogue.seats(claims, concert, hall, "101"); }) + " " +
           refused([&] { app().catalogue.sections(claims, concert, hall); });
  };
  BOOST_TEST(asked(here) == " ");
  BOOST_TEST(asked(there) == "WRONG_QUEUE WRONG_QUEUE");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_queue_of_the_concert) {
  try {
    app().catalogue.seats(enter(kMainQueue, 1), other_concert, other_date);
    BOOST_ERROR("it was shown");
  } catch (const Refusal& refusal) {
    BOOST_CHECK(refusal.queue() == own);
  }
}

BOOST_AUTO_TEST_CASE(that_a_token_waits_is_told_before_its_queue) {
  settings.active_limit = 1;
  compose();
  enter(kMainQueue, 1);
  const TokenClaims waiting = enter(kMainQueue, 2);
  BOOST_TEST(seats(waiting, other_concert, other_date) == "TOKEN_WAITING");
  BOOST_TEST(dates(waiting, other_concert) == "TOKEN_WAITING");
  BOOST_TEST(refused([&] { services->hold(waiting, other_date, {1}); }) == "TOKEN_WAITING");
}

BOOST_AUTO_TEST_CASE(a_payment_is_for_the_holds_of_its_tokens_queue) {
  const TokenClaims here = services->enter_with(user(1), 50'000);
  const TokenClaims there = enter(own, 1);
  const PaymentId first = payment_of(services->hold(here, date, {1}));
  const PaymentId second = payment_of(services->hold(there, other_date, {1}));
  BOOST_TEST(refused([&] { app().payments.pay(here, second); }) == "WRONG_QUEUE");
  BOOST_TEST(refused([&] { app().payments.pay_all(here, {first, second}); }) == "WRONG_QUEUE");
  app().payments.pay(here, first);
  BOOST_TEST(app().payments.pay(there, first).is_replayed);
  const PaymentId third = payment_of(services->hold(there, other_date, {2}));
  try {
    app().payments.pay(there, second);
    BOOST_ERROR("one of two holds was paid");
  } catch (const Refusal& refusal) {
    BOOST_CHECK((refusal.payments() == std::vector<PaymentId>{second, third}));
  }
  app().payments.pay_all(there, {second, third});
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_hold_is_released_with_any_token_and_extended_with_its_queues) {
  const TokenClaims here = enter(kMainQueue, 1);
  const TokenClaims there = enter(own, 1);
  const ReservationId held = services->hold(here, date, {1});
  services->age_holds();
  BOOST_TEST(refused([&] { app().reservations.extend(there, held); }) == "WRONG_QUEUE");
  BOOST_TEST(refused([&] { app().reservations.extend(here, held); }) == "");
  BOOST_TEST(refused([&] { app().reservations.release(there, held); }) == "");
  BOOST_CHECK(app().reservations.show(there, held).state == ReservationState::released);
}

BOOST_AUTO_TEST_CASE(a_concert_that_moves_is_opened_by_the_other_queues_tokens) {
  const TokenClaims here = enter(kMainQueue, 1);
  const TokenClaims there = enter(own, 1);
  BOOST_TEST(dates(here, concert) == "");
  move(concert, own);
  // As a process that has not looked at the catalogue for a second.
  services->execute("DO 1");
  app().catalogue.look_if_due();
  BOOST_TEST(seats(here, concert, date) == "WRONG_QUEUE");
  BOOST_TEST(seats(there, concert, date) == "");
  BOOST_TEST(dates(there, concert) == "");
  const std::string sold_by_previous_release =
      "SELECT COUNT(*) FROM concert_date WHERE concert_id = ? AND starts_at > NOW(3)";
  BOOST_TEST(services->number(sold_by_previous_release, {concert}) == 0);
  move(concert, kMainQueue);
  BOOST_TEST(seats(here, concert, date) == "");
  BOOST_TEST(services->number(sold_by_previous_release, {concert}) == 1);
}

// Which stores lists without regard to queues.
BOOST_AUTO_TEST_CASE(a_list_of_a_release_without_queues_is_asked_of_the_database) {
  const TokenClaims there = enter(own, 1);
  const Instant now = backend().db.now();
  const auto lease = backend().dates_cache.lease(other_concert, now);
  BOOST_REQUIRE(lease);
  const CachedDates stored{"stored", now, now + 60'000, backend().concerts.newest()};
  backend().dates_cache.fill(other_concert, *lease, stored, 60);
  const auto shown =
      app().catalogue.dates(there, other_concert, [](const BookableDates&) { return "read"; });
  BOOST_TEST(shown.text == "read");
}

BOOST_AUTO_TEST_CASE(a_wrong_token_fills_the_list_for_those_that_it_is_for) {
  BOOST_TEST(dates(enter(kMainQueue, 1), other_concert) == "WRONG_QUEUE");
  const auto shown = app().catalogue.dates(enter(own, 1), other_concert,
                                           [](const BookableDates&) { return "read again"; });
  BOOST_TEST(shown.text == "x");
  BOOST_TEST(shown.hit);
}

BOOST_AUTO_TEST_CASE(a_concert_moves_to_a_queue_that_is_there) {
  BOOST_TEST(change_refused([&] { move(concert, QueueId{99}); }).find("there is no queue 99") ==
             0U);
}

BOOST_AUTO_TEST_CASE(queues_have_different_names) {
  BOOST_TEST(change_refused([&] { add_queue(backend().db, "own", kByBob); }) ==
             "there is a queue named \"own\" already.");
  BOOST_CHECK(add_queue(backend().db, "Own", kByBob).value == own.value + 1);
  BOOST_TEST(backend().queues.names().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_pass_admits_into_each_queue_by_its_own_limit) {
  settings.active_limit = 2;
  settings.admit_per_pass = 10;
  compose();
  for (const QueueId queue : {kMainQueue, own})
    for (int i = 1; i <= 6; ++i) enter(queue, i);
  BOOST_TEST(waiting(kMainQueue) == 4);
  BOOST_TEST(waiting(own) == 4);
  run_transaction(backend().db, [&] {
    backend().queues.lock(own);
    backend().queues.set_limits(own, {5, std::nullopt}, settings.active_limit);
  });
  const PassResult did = services->maintain.run();
  BOOST_TEST(did.admitted == 3U);
  BOOST_TEST(active(kMainQueue) == 2);
  BOOST_TEST(active(own) == 5);
  BOOST_TEST(waiting(own) == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(tokens_of_each_queue_lapse_and_are_deleted) {
  for (const QueueId queue : {kMainQueue, own}) services->lapse(enter(queue, 1));
  BOOST_TEST(services->maintain.run().active_expired == 2U);
  BOOST_TEST(active(kMainQueue) + active(own) == 0);
  services->execute("UPDATE token SET ended_at = NOW(3) - INTERVAL 3 DAY");
  BOOST_TEST(services->maintain.run().pruned == 2U);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 0);
}

BOOST_AUTO_TEST_CASE(an_erasure_ends_the_tokens_of_all_queues) {
  enter(kMainQueue, 1);
  enter(own, 1);
  services->erase(user(1), std::nullopt, kByBob);
  BOOST_TEST(active(kMainQueue) + active(own) == 0);
  BOOST_TEST(services->breaches() == "");
}

// The concert moves to and fro, so that both tokens of a user hold seats of its date.
BOOST_AUTO_TEST_CASE(two_tokens_of_one_user_never_get_past_the_seat_limit) {
  const TokenClaims here = enter(kMainQueue, 1);
  const TokenClaims there = enter(own, 1);
  const auto results = race(settings, 4, [&](Services& mine, int i) {
    for (int round = 0; round < 40; ++round) {
      if (i == 3) {
        mine.execute("UPDATE concert SET queue_id = ? WHERE concert_id = ?",
                     {round % 2 == 0 ? own : kMainQueue, concert});
        continue;
      }
      const SeatNumber seat = 1 + (round * 3 + i) % 50;
      const int status = status_of([&] { mine.hold(i == 0 ? here : there, date, {seat}); });
      if (status != 0 && status != 403 && status != 409) return status;
    }
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == 4);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") <=
             settings.seat_limit);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_use_locks_the_user) {
  const TokenClaims here = enter(kMainQueue, 1);
  Services other(settings);
  // Two tokens of the user that only shared the lock would not wait for each other.
  const std::string free = fmt::format("SELECT COUNT(*) FROM user WHERE user_id = ? {} SKIP LOCKED",
                                       tests_mysql() ? "FOR SHARE" : "LOCK IN SHARE MODE");
  bool is_free = true;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("INSERT INTO reservation ") != std::string_view::npos)
      is_free = other.number(free, {user(1)}) == 1;
  });
  services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 5 SECOND");
  services->hold(here, date, {1});
  BOOST_TEST(!is_free);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
