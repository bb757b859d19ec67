#include "service/queue/admit_waiting.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

struct FiveWait : OneDateOfFiftySeats {
  FiveWait() {
    backend().queues.set_paused(kMainQueue, true);
    for (int i = 1; i <= 5; ++i) waiting.push_back(services->enter(user(i)));
    backend().queues.set_paused(kMainQueue, false);
  }
  // The states of the five users in order, a letter each.
  std::string states() {
    std::string letters;
    for (const TokenClaims& claims : waiting) {
      letters += services->text("SELECT state FROM token WHERE token_id = ?", {claims.id}).front();
    }
    return letters;
  }
  std::vector<TokenClaims> waiting;
  AdmitWaiting admit{backend().db, backend().queue_cache, settings};
};

// One user is admitted every 500 s, and two at most at once: the time that a test takes is nothing.
struct TwoIn1000Seconds : FiveWait {
  TwoIn1000Seconds() {
    settings.admit_per_pass = 2;
    settings.admit_interval_seconds = 1000;
  }
  // As if the credit had been noted so much earlier.
  void pass_seconds(std::int64_t seconds) {
    services->execute(
        "UPDATE queue SET admission_credit_at = admission_credit_at - INTERVAL ? SECOND",
        {seconds});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admit_waiting_test, FiveWait)

BOOST_AUTO_TEST_CASE(a_pass_admits_in_order_up_to_its_most) {
  settings.admit_per_pass = 2;
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  BOOST_TEST(states() == "AAWWW");
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  BOOST_TEST(states() == "AAAAW");
  BOOST_TEST(admit.run(kMainQueue).admitted == 1);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_FIXTURE_TEST_CASE(passes_admit_no_faster_than_credit_accrues, TwoIn1000Seconds) {
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  pass_seconds(450);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  pass_seconds(100);  // the 50 s that were missing, and 50 s more
  BOOST_TEST(admit.run(kMainQueue).admitted == 1);
  pass_seconds(460);  // with the 50 s from before
  BOOST_TEST(admit.run(kMainQueue).admitted == 1);
  BOOST_TEST(states() == "AAAAW");
  BOOST_TEST(services->breaches() == "");
}

BOOST_FIXTURE_TEST_CASE(a_pause_gains_one_intervals_credit_at_most, TwoIn1000Seconds) {
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  backend().queues.set_paused(kMainQueue, true);
  pass_seconds(86'400);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  backend().queues.set_paused(kMainQueue, false);
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  BOOST_TEST(states() == "AAAAW");
}

BOOST_FIXTURE_TEST_CASE(what_accrued_before_a_change_of_the_rate_accrued_at_the_old_one,
                        TwoIn1000Seconds) {
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  pass_seconds(600);
  settle_credit(backend().queues, kMainQueue, backend().queues.lock(kMainQueue), settings);
  backend().queues.set_limits(kMainQueue, {{}, 1000}, settings.active_limit);
  BOOST_TEST(admit.run(kMainQueue).admitted <= 2);  // at the new one it would be all
  BOOST_TEST(services->number("SELECT waiting_count FROM queue") > 0);
  settle_credit(backend().queues, kMainQueue, backend().queues.lock(kMainQueue), settings);
  backend().queues.set_limits(kMainQueue, {{}, 1}, settings.active_limit);
  pass_seconds(86'400);
  BOOST_TEST(admit.run(kMainQueue).admitted == 1);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_was_set_back_delays_no_admission_for_long, TwoIn1000Seconds) {
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  pass_seconds(-86'400);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  pass_seconds(1000);
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_pass_never_admits_above_the_active_limit) {
  settings.active_limit = 3;
  BOOST_TEST(admit.run(kMainQueue).admitted == 3);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  BOOST_TEST(states() == "AAAWW");
  app().leave_queue.run(waiting[1]);
  BOOST_TEST(admit.run(kMainQueue).admitted == 1);
  BOOST_TEST(states() == "ALAAW");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(nobody_is_admitted_while_the_queue_is_paused) {
  backend().queues.set_paused(kMainQueue, true);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  BOOST_TEST(states() == "WWWWW");
}

BOOST_AUTO_TEST_CASE(limits_that_an_administrator_set_are_in_force_until_reset) {
  settings.active_limit = 1;
  settings.admit_per_pass = 1;
  backend().queues.set_limits(kMainQueue, {4, 3}, settings.active_limit);
  BOOST_TEST(admit.run(kMainQueue).admitted == 3);
  BOOST_TEST(admit.run(kMainQueue).admitted == 1);
  backend().queues.set_limits(kMainQueue, {}, settings.active_limit);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  BOOST_TEST(states() == "AAAAW");
  BOOST_TEST(services->breaches() == "");
}

// As an older release wrote it, which let a wait last a whole day.
BOOST_AUTO_TEST_CASE(a_user_who_would_be_active_for_a_moment_only_is_not_admitted) {
  services->execute(
      "UPDATE token SET issued_at = NOW(3) - INTERVAL 86397 SECOND, "
      "expires_at = NOW(3) + INTERVAL 3 SECOND WHERE token_id = ?",
      {waiting[0].id});
  auto found = backend().tokens.find(waiting[0].id);
  BOOST_CHECK(state_at(found->token, found->now) == TokenState::expired);
  TokenClaims text = waiting[0];
  text.issued_at = found->token.issued_at;
  text.waits_until = found->now + 3000;
  BOOST_TEST(refused([&] { app().refresh_token.run(text); }) == "TOKEN_EXPIRED");
  BOOST_TEST(admit.run(kMainQueue).admitted == 4);
  BOOST_TEST(states() == "EAAAA");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(users_who_left_or_whose_wait_has_lapsed_are_passed_over) {
  settings.active_limit = 2;
  app().leave_queue.run(waiting[0]);
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {waiting[2].id});
  BOOST_TEST(admit.run(kMainQueue).admitted == 2);
  BOOST_TEST(states() == "LAEAW");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_queue_begins_after_its_vacancies_also_while_nobody_is_admitted) {
  backend().queues.set_paused(kMainQueue, true);
  app().leave_queue.run(waiting[2]);
  admit.run(kMainQueue);
  BOOST_TEST(services->number("SELECT admitted_seq FROM queue") == 0);
  app().leave_queue.run(waiting[0]);
  app().leave_queue.run(waiting[1]);
  BOOST_TEST(admit.run(kMainQueue).admitted == 0);
  BOOST_TEST(services->number("SELECT admitted_seq FROM queue") == 3);
  BOOST_TEST(states() == "LLLWW");
  BOOST_TEST(services->poll(waiting[3]).position.value() == 1);
  BOOST_TEST(services->breaches() == "");
}

// After the pass has looked for lapsed waits, and before it admits.
BOOST_AUTO_TEST_CASE(a_wait_that_lapses_in_the_pass_does_not_stay_before_users_who_were_admitted) {
  settings.active_limit = 2;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("SET state = 'ACTIVE'") == std::string_view::npos) return;
    Session other(settings.database, nullptr);
    other.execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {waiting[0].id});
  });
  const PassResult report = services->maintain.run();
  BOOST_TEST(report.admitted == 2);
  BOOST_TEST(report.waiting_expired == 1U);
  BOOST_TEST(states() == "EAAWW");
  BOOST_CHECK(services->poll(waiting[1]).state == TokenState::active);
  BOOST_TEST(refused([&] { services->poll(waiting[0]); }) == "TOKEN_EXPIRED");
  BOOST_TEST(services->poll(waiting[3]).position.value() == 1);
  BOOST_TEST(services->breaches() == "");
}

// Vacancies are passed over in batches, each under a lock of its own.
BOOST_AUTO_TEST_CASE(a_user_behind_many_vacancies_is_admitted_by_the_same_pass) {
  const std::int64_t left = 2 * AdmitWaiting::kPlacesPerBatch + 100;
  const std::int64_t last = 5 + left;
  services->execute(
      "INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, expires_at, "
      "ended_at) SELECT 1, ?, seq, 'LEFT', 1, NOW(3), NOW(3), NOW(3) FROM " +
          numbers(6, last),
      {user(1)});
  services->execute(
      "INSERT INTO queue_gap SELECT 1, 1, block, COUNT(*) FROM (SELECT seq DIV 1024 AS block FROM "
      "token WHERE state = 'LEFT') t GROUP BY block");
  services->execute("INSERT INTO queue_gap VALUES (1, 2, 0, ?)", {left});
  services->execute("UPDATE queue SET last_seq = ?", {last});
  backend().queues.set_paused(kMainQueue, true);
  const TokenClaims behind = services->enter(user(6));
  const TokenClaims one_too_many = services->enter(user(7));
  backend().queues.set_paused(kMainQueue, false);
  BOOST_TEST(behind.place.value() == last + 1);
  BOOST_TEST(behind.position.value() == 6);
  int locked = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("FROM queue WHERE queue_id = ? FOR UPDATE") != std::string_view::npos) ++locked;
  });
  settings.admit_per_pass = 6;
  BOOST_TEST(admit.run(kMainQueue).admitted == 6);
  BOOST_TEST(locked == 3);
  BOOST_TEST(services->text("SELECT GROUP_CONCAT(admitted_count) FROM queue_admission") == "6");
  BOOST_CHECK(services->poll(behind).state == TokenState::active);
  BOOST_CHECK(services->poll(one_too_many).state == TokenState::waiting);
  BOOST_TEST(services->number("SELECT last_seq - admitted_seq FROM queue") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(an_admitted_user_who_never_comes_makes_room_again) {
  settings.active_limit = 1;
  admit.run(kMainQueue);
  BOOST_TEST(
      services->number(
          "SELECT expires_at BETWEEN NOW(3) + INTERVAL 599 SECOND AND NOW(3) + INTERVAL 660 SECOND "
          "FROM token WHERE token_id = ?",
          {waiting[0].id}) == 1);
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {waiting[0].id});
  BOOST_TEST(services->maintain.run().admitted == 1);
  BOOST_TEST(states() == "EAWWW");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_admissions_of_the_last_minute_are_counted) {
  settings.admit_per_pass = 2;
  admit.run(kMainQueue);
  admit.run(kMainQueue);
  BOOST_TEST(backend().queues.counts(kMainQueue).admitted_per_minute == 4);
  services->execute("UPDATE queue_admission SET admitted_at = NOW(3) - INTERVAL 61 SECOND LIMIT 1");
  BOOST_TEST(backend().queues.counts(kMainQueue).admitted_per_minute == 2);
}

BOOST_AUTO_TEST_CASE(the_pace_is_that_since_the_first_pass_of_the_last_minute) {
  const auto pace_of = [&](std::initializer_list<std::pair<int, int>> passes) {
    services->execute("DELETE FROM queue_admission");
    for (const auto& [ago_s, admitted] : passes) {
      services->execute(
          "INSERT INTO queue_admission (queue_id, admitted_at, admitted_count) "
          "VALUES (1, NOW(3) - INTERVAL ? SECOND, ?)",
          {ago_s, admitted});
    }
    return backend().queues.pace_per_minute(kMainQueue);
  };
  BOOST_TEST(pace_of({}) == 0);
  BOOST_TEST(pace_of({{5, 952}}) == 0);
  BOOST_TEST(pace_of({{70, 952}}) == 0);
  BOOST_TEST(pace_of({{-3600, 952}, {-3000, 952}}) == 0);  // the clock was set back
  // Less by what the test's own statements take.
  const auto opening = pace_of({{10, 952}, {5, 25}, {1, 25}});
  BOOST_TEST((opening > 0 && opening <= 300), opening);
  const auto steady = pace_of({{90, 30}, {50, 30}, {20, 50}});
  BOOST_TEST((steady > 0 && steady <= 60), steady);
}

BOOST_AUTO_TEST_CASE(the_public_counts_leave_out_lapsed_tokens) {
  settings.active_limit = 2;
  admit.run(kMainQueue);
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id IN (?, ?)",
                    {waiting[0].id, waiting[4].id});
  const QueueCounts counts = backend().queues.counts(kMainQueue);
  BOOST_TEST(counts.active == 1);
  BOOST_TEST(counts.waiting == 2);
  BOOST_TEST(!counts.paused);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
