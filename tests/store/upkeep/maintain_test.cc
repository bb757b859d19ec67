#include "service/upkeep/maintain.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

// As many idempotency keys, ended tokens and admissions, all old enough to be pruned.
struct Past : OneDateOfFiftySeats {
  static constexpr std::int64_t kRows = 2300;

  Past() {
    services->enter(user(9));
    const std::string rows = numbers(1, kRows);
    services->execute(
        "INSERT INTO idempotency_key (user_id, route, key_text, fingerprint, status, body, "
        "created_at) SELECT ?, 'CHARGE', CONCAT('old ', seq), REPEAT('f', 32), 200, '', "
        "NOW(3) - INTERVAL 25 HOUR - INTERVAL seq SECOND FROM " +
            rows,
        {user(9)});
    services->execute(
        "INSERT INTO token (queue_id, user_id, state, joined_position, issued_at, admitted_at, "
        "expires_at, ended_at) SELECT 1, ?, 'USED', 0, NOW(3) - INTERVAL 50 HOUR, "
        "NOW(3) - INTERVAL 50 HOUR, NOW(3), NOW(3) - INTERVAL 49 HOUR - INTERVAL seq SECOND FROM " +
            rows,
        {user(9)});
    services->execute(
        "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) "
        "SELECT 1, NOW(3) - INTERVAL 49 HOUR - INTERVAL seq SECOND, 1 FROM " +
        rows);
  }

  // How many of each are left.
  std::vector<std::int64_t> left() {
    return {
        services->number("SELECT COUNT(*) FROM idempotency_key WHERE key_text LIKE 'old %'"),
        services->number("SELECT COUNT(*) FROM token WHERE ended_at < NOW(3) - INTERVAL 48 HOUR"),
        services->number("SELECT COUNT(*) FROM queue_admission")};
  }
};

// A visit of the kind that a sale is made of: it charges, holds and pays.
void visit(Services& services, const UserId& who, DateId date, SeatNumber seat) {
  const TokenClaims claims = services.enter(who);
  services.charge(claims, kSeatPrice, key_of(IdempotentRoute::charge, "new", "x"));
  const ReservationId held =
      services.hold(claims, date, {seat}, key_of(IdempotentRoute::reservation, "new", "x"));
  services.app.payments.pay(claims, payment_of(held));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(maintain_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(lapsed_holds_are_noted_and_their_seats_cleared_and_live_ones_stay) {
  const TokenClaims claims = services->enter(user(1));
  const ReservationId lapsed = services->hold(claims, date, {1, 2});
  services->lapse_holds();
  const ReservationId live = services->hold(claims, date, {3});
  const auto report = services->maintain.run();
  BOOST_TEST(report.holds_expired == 1U);
  BOOST_TEST(services->text("SELECT state FROM reservation WHERE reservation_id = ?", {lapsed}) ==
             "EXPIRED");
  BOOST_TEST(services->text("SELECT state FROM reservation WHERE reservation_id = ?", {live}) ==
             "HELD");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE state = 'HELD'") == 1);
  BOOST_TEST(services->maintain.run().holds_expired == 0U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_pass_goes_through_more_than_one_batch) {
  const DateId large = add_date(kMaxHeldSeats);
  settings.seat_limit = kMaxHeldSeats;
  const TokenClaims claims = services->enter(user(1));
  for (SeatNumber seat = 1; seat <= 450; ++seat) services->hold(claims, large, {seat});
  services->lapse_holds();
  BOOST_TEST(services->maintain.run().holds_expired == 450U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_pass_fills_at_once_the_places_that_it_freed) {
  settings.active_limit = 2;
  std::vector<TokenClaims> all;
  for (int i = 1; i <= 5; ++i) all.push_back(services->enter(user(i)));
  services->lapse(all[0]);
  services->lapse(all[2]);
  const auto report = services->maintain.run();
  BOOST_TEST(report.active_expired == 1U);
  BOOST_TEST(report.waiting_expired == 1U);
  BOOST_TEST(report.admitted == 1);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {all[3].id}) == "ACTIVE");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(
    a_pass_with_nothing_to_do_changes_nothing_and_costs_the_same_whatever_is_stored) {
  const auto cost = [&] {
    services->maintain.run();
    const auto before = backend().db.round_trips();
    const auto report = services->maintain.run();
    BOOST_TEST(report.admitted == 0);
    BOOST_TEST(report.pruned == 0U);
    return backend().db.round_trips() - before;
  };
  const auto empty = cost();
  settings.active_limit = 1;
  for (int i = 1; i <= 300; ++i) services->enter(user(i));
  BOOST_TEST(cost() == empty);
}

BOOST_AUTO_TEST_CASE(a_pass_with_nothing_to_do_waits_for_no_lock) {
  settings.active_limit = 1;
  const TokenClaims inside = services->enter(user(1));
  services->enter(user(2));
  services->hold(inside, date, {1});
  Session other(settings.database, nullptr);
  const Transaction holding(other);
  for (const char* table : {"queue", "token", "reservation", "seat", "user"})
    other.query(fmt::format("SELECT * FROM {} FOR UPDATE", table));
  backend().db.run_text("SET SESSION innodb_lock_wait_timeout = 1");
  services->maintain.run();
  BOOST_TEST(services->metrics.value(Metrics::database_lock_timeouts) == 0U);
}

BOOST_AUTO_TEST_CASE(each_kind_of_old_row_is_found_by_itself) {
  services->enter(user(1));
  services->execute("UPDATE queue SET last_seq = 2000000, admitted_seq = 2000000");
  const auto reservation = [](const char* state) {
    return fmt::format(
        "INSERT INTO reservation (user_id, concert_date_id, state, seat_count, total_price, "
        "held_until, created_at, ended_at) SELECT user_id, concert_date_id, '{}', 1, 1, NOW(3), "
        "NOW(3), NOW(3) - INTERVAL 91 DAY FROM user, concert_date",
        state);
  };
  const auto token = [](const char* seq) {
    return fmt::format(
        "INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, expires_at, "
        "ended_at) SELECT 1, user_id, {}, 'EXPIRED', 1, NOW(3), NOW(3), NOW(3) - INTERVAL 49 HOUR "
        "FROM user",
        seq);
  };
  const std::vector<std::string> each{
      "INSERT INTO idempotency_key SELECT user_id, 'CHARGE', 'k', REPEAT('f', 32), 200, '', "
      "NOW(3) - INTERVAL 25 HOUR, NULL FROM user",
      token("NULL"),
      token("1"),
      "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) VALUES (1, NOW(3) - "
      "INTERVAL 49 HOUR, 1)",
      "INSERT INTO records_token (user_id, issued_at) SELECT user_id, NOW(3) - INTERVAL 25 HOUR "
      "FROM user LIMIT 1",
      "INSERT INTO queue_gap VALUES (1, 1, 0, 1)",
      "INSERT INTO queue_gap VALUES (1, 2, 0, 1)",
      reservation("EXPIRED"),
      reservation("RELEASED")};
  for (const std::string& row : each) {
    BOOST_TEST(services->execute(row) == 1U);
    BOOST_TEST(services->maintain.run().pruned == 1U, row);
    BOOST_TEST(services->maintain.run().pruned == 0U, row);
  }
}

BOOST_AUTO_TEST_CASE(old_rows_are_pruned_and_nothing_else) {
  settings.active_limit = 1;
  const TokenClaims first = services->enter(user(1));
  services->charge(first, 10, key_of(IdempotentRoute::charge, "old", "x"));
  app().leave_queue.run(first);
  const TokenClaims second = services->enter(user(2));
  services->charge(second, 10, key_of(IdempotentRoute::charge, "new", "x"));
  services->enter(user(3));
  app().leave_queue.run(second);
  services->maintain.run();
  services->execute(
      "UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 25 HOUR WHERE key_text = 'old'");
  services->execute("UPDATE token SET ended_at = NOW(3) - INTERVAL 49 HOUR WHERE token_id = ?",
                    {first.id});
  services->execute("UPDATE queue_admission SET admitted_at = NOW(3) - INTERVAL 49 HOUR");
  BOOST_TEST(services->maintain.run().pruned == 3U);
  BOOST_TEST(services->text("SELECT key_text FROM idempotency_key") == "new");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 2);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM queue_admission") == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(locked_rows_are_left_for_the_next_pass_and_the_rest_is_pruned) {
  const TokenClaims user_of_keys = services->enter(user(1));
  services->charge(user_of_keys, 10, key_of(IdempotentRoute::charge, "old", "x"));
  app().leave_queue.run(user_of_keys);
  services->execute("UPDATE idempotency_key SET created_at = NOW(3) - INTERVAL 25 HOUR");
  services->execute("UPDATE token SET ended_at = NOW(3) - INTERVAL 49 HOUR");
  Session other(settings.database, nullptr);
  {
    Transaction holding(other);
    other.query("SELECT * FROM idempotency_key FOR UPDATE", {});
    BOOST_TEST(services->maintain.run().pruned == 1U);
    BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 0);
  }
  BOOST_TEST(services->maintain.run().pruned == 1U);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM idempotency_key") == 0);
}

BOOST_AUTO_TEST_CASE(old_reservations_without_a_payment_are_pruned_and_paid_or_younger_ones_stay) {
  settings.seat_limit = 50;
  const TokenClaims payer = services->enter_with(user(1), 5000);
  const ReservationId paid = services->hold(payer, date, {1});
  app().reservations.release(payer, services->hold(payer, date, {2, 3}));
  services->hold(payer, date, {4});
  services->execute(
      "UPDATE reservation SET held_until = NOW(3) WHERE state = 'HELD' ORDER BY "
      "reservation_id DESC LIMIT 1");
  services->execute("UPDATE seat SET held_until = NOW(3) WHERE seat_number = 4");
  app().payments.pay(payer, payment_of(paid));
  services->maintain.run();
  const TokenClaims other = services->enter(user(2));
  app().reservations.release(other, services->hold(other, date, {5}));
  services->hold(other, date, {6});
  services->execute("UPDATE reservation SET ended_at = NOW(3) - INTERVAL 91 DAY WHERE user_id = ?",
                    {user(1)});
  BOOST_TEST(services->maintain.run().pruned == 2U);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 3);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation WHERE state = 'PAID'") == 1);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation_seat") == 3);
  BOOST_TEST(services->maintain.run().pruned == 0U);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_token_that_left_the_queue_is_kept_while_its_place_counts) {
  settings.active_limit = 1;
  services->enter(user(1));
  const TokenClaims second = services->enter(user(2));
  const TokenClaims third = services->enter(user(3));
  app().leave_queue.run(second);
  services->execute("UPDATE token SET ended_at = NOW(3) - INTERVAL 49 HOUR WHERE token_id = ?",
                    {second.id});
  services->maintain.run();
  forget_cache();
  BOOST_TEST(services->poll(third).position.value() == 1);
}

BOOST_FIXTURE_TEST_CASE(one_pass_prunes_many_batches_after_it_admitted, Past) {
  settings.active_limit = 1;  // the fixture's user is active
  services->enter(user(8));
  settings.active_limit = 2;
  bool has_admitted = false;
  bool deleted_before = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("SET state = 'ACTIVE'") != std::string_view::npos) has_admitted = true;
    if (sql.find("DELETE") != std::string_view::npos && !has_admitted) deleted_before = true;
  });
  const auto report = services->maintain.run(std::chrono::minutes(5));
  BOOST_TEST(report.pruned == static_cast<std::uint64_t>(3 * kRows));
  BOOST_TEST(report.admitted == 1);
  BOOST_TEST(!deleted_before);
  BOOST_TEST(left()[0] + left()[1] == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(one_pass_prunes_many_batches_of_reservations) {
  const auto rows = 3 * Prune::kReservationBatch + 1;
  services->enter(user(1));
  for (const char* state : {"EXPIRED", "RELEASED"}) {
    services->execute(
        fmt::format("INSERT INTO reservation (user_id, concert_date_id, state, seat_count, "
                    "total_price, held_until, created_at, ended_at) SELECT ?, ?, '{}', 1, 1, "
                    "NOW(3), NOW(3), NOW(3) - INTERVAL 91 DAY FROM {}",
                    state, numbers(1, rows)),
        {user(1), date});
  }
  services->execute(
      "INSERT INTO reservation_seat (reservation_id, seat_number, price) SELECT reservation_id, 1, "
      "1 FROM reservation");
  const auto report = services->maintain.run(std::chrono::minutes(5));
  BOOST_TEST(report.pruned == static_cast<std::uint64_t>(2 * rows));
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation_seat") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_pass_without_time_prunes_one_batch_of_each_and_passes_go_on, Past) {
  std::int64_t rest = kRows;
  while (rest > 0) {
    const std::int64_t gone = std::min(rest, Prune::kBatch);
    const auto report = services->maintain.run(std::chrono::milliseconds(0));
    BOOST_TEST(report.pruned == static_cast<std::uint64_t>(3 * gone));
    rest -= gone;
    BOOST_TEST(left() == std::vector<std::int64_t>(3, rest), boost::test_tools::per_element());
  }
  BOOST_TEST(services->maintain.run().pruned == 0U);
  BOOST_TEST(services->breaches() == "");
}

// A pass that keeps all of its locks while a user visits.
BOOST_FIXTURE_TEST_CASE(pruning_is_in_nobodys_way, Past) {
  Services pruning(settings);
  Stores& old = pruning.stores;
  const QueueRow row = old.queues.read(kMainQueue);
  const Instant before = row.now + -48 * 3'600'000LL;
  {
    const Transaction open(old.db);
    const std::uint64_t gone =
        old.idempotency.prune(Prune::kBatch) +
        old.tokens.prune(kMainQueue, before, row.admitted_place, Prune::kBatch) +
        old.queues.prune_admissions(before, Prune::kBatch);
    BOOST_TEST(gone == static_cast<std::uint64_t>(3 * Prune::kBatch));
    // It gives up instead of waiting.
    backend().db.run_text("SET SESSION innodb_lock_wait_timeout = 1");
    for (SeatNumber seat = 1; seat <= 3; ++seat) {
      BOOST_TEST(status_of([&] { visit(*services, user(seat), date, seat); }) == 0);
    }
    BOOST_TEST(services->metrics.value(Metrics::database_lock_timeouts) == 0U);
  }
  BOOST_TEST(left() == std::vector<std::int64_t>(3, kRows), boost::test_tools::per_element());
  BOOST_TEST(services->breaches() == "");
}

BOOST_FIXTURE_TEST_CASE(a_sale_goes_on_while_pass_after_pass_prunes, Past) {
  constexpr int kVisits = 40;
  SharedNumbers done(1);
  const auto results = race(settings, 2, [&](Services& mine, int who) {
    if (who == 0) {
      while (mine.maintain.run().pruned > 0 || done[0] == 0) continue;
      return 0;
    }
    const int status = status_of([&] {
      for (int i = 1; i <= kVisits; ++i) visit(mine, user(100 + i), date, i);
    });
    done[0] = 1;
    return status;
  });
  BOOST_TEST(count_of(results, 0) == 2);
  BOOST_TEST(left() == std::vector<std::int64_t>(3, 0), boost::test_tools::per_element());
  BOOST_TEST(services->number("SELECT COUNT(*) FROM payment") == kVisits);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
