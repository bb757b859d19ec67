#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "service/admin/queues.h"
#include "service/upkeep/maintain.h"
#include "support/process.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kClearedByBob{"bob@web1", "queue clear", "the sale is off"};
constexpr std::int64_t kClaim_s = 120;
constexpr std::int64_t kRejoin_s = 900;
constexpr std::int64_t kVisit_s = 1800;

// A queue with one active place, in which an admitted user must call within kClaim_s.
struct OnePlace : OneDateOfFiftySeats {
  OnePlace() {
    settings.active_limit = 1;
    settings.admit_per_pass = 10;
    settings.admit_interval_seconds = 0;
    settings.active_seconds = 600;
    settings.waiting_seconds = 3600;
    settings.claim_seconds = kClaim_s;
    settings.rejoin_seconds = kRejoin_s;
    settings.visit_seconds = kVisit_s;
    compose();
  }
  TokenAnswer join(int number) { return app().issue_token.run(kMainQueue, user(number)).answer; }
  TokenAnswer refresh(const TokenAnswer& answer) {
    return app().refresh_token.run(app().token_text.read(answer.token));
  }
  TokenClaims claims(const TokenAnswer& answer) { return app().token_text.read(answer.token); }
  void leave(const TokenAnswer& answer) { app().leave_queue.run(claims(answer)); }
  void pass() { services->maintain.run(); }
  Token token_of(const TokenAnswer& answer) {
    return backend().tokens.find(claims(answer).id)->token;
  }
  std::int64_t clear_queue(Services& from) {
    ClearQueue clear(from.app.backend.db, from.app.backend.queue_cache, settings);
    return clear.complete(clear.begin(kMainQueue, kClearedByBob), [](std::int64_t) {});
  }
  QueueRow row() { return backend().queues.read(kMainQueue); }
  // Moves the times of active tokens, and of those that gave a place back, into the past.
  void pass_by(std::int64_t seconds) {
    services->execute(
        "UPDATE token SET expires_at = expires_at - INTERVAL ? SECOND, "
        "admitted_at = admitted_at - INTERVAL ? SECOND, "
        "readmitted_at = readmitted_at - INTERVAL ? SECOND "
        "WHERE state = 'ACTIVE' OR (state = 'WAITING' AND admitted_at IS NOT NULL)",
        {seconds, seconds, seconds});
    forget_cache();
  }
  // Lets time go by while the user calls often enough to stay.
  void stay(const TokenAnswer& answer, std::int64_t seconds) {
    for (; seconds > 0; seconds -= 500) {
      refresh(answer);
      pass_by(std::min<std::int64_t>(500, seconds));
    }
  }
  // The first user is inside, two more wait; then the first leaves and the second is admitted.
  void admit_second() {
    first = join(1);
    second = join(2);
    third = join(3);
    leave(first);
    pass();
  }

  TokenAnswer first, second, third;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(claims_test, OnePlace)

BOOST_AUTO_TEST_CASE(an_admitted_user_who_calls_in_time_stays) {
  admit_second();
  BOOST_TEST(token_of(second).is_unclaimed);
  pass_by(kClaim_s - 1);
  const TokenAnswer answer = refresh(second);
  BOOST_CHECK(answer.state == TokenState::active);
  BOOST_TEST((answer.expires_at - answer.now) == 600'000);
  BOOST_TEST(!token_of(second).is_unclaimed);
  pass_by(kClaim_s);
  pass();
  BOOST_CHECK(refresh(second).state == TokenState::active);
  BOOST_CHECK(refresh(third).state == TokenState::waiting);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_user_who_makes_no_call_in_time_gives_the_place_back) {
  admit_second();
  pass_by(kClaim_s);
  pass();
  BOOST_CHECK(refresh(third).state == TokenState::active);
  const Token token = token_of(second);
  BOOST_CHECK(token.state == TokenState::waiting);
  BOOST_TEST(!token.has_returned);
  BOOST_TEST(row().active_count == 1);
  BOOST_TEST(row().waiting_count == 0);
  BOOST_TEST(row().returned_count == 0);
  BOOST_TEST(row().vacancies() == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(every_call_claims_the_place) {
  const std::vector<std::function<void(const TokenAnswer&)>> calls{
      [&](const TokenAnswer& answer) { refresh(answer); },
      [&](const TokenAnswer&) { join(2); },
      [&](const TokenAnswer& answer) { services->charge(claims(answer), 5); },
      [&](const TokenAnswer& answer) { services->hold(claims(answer), date, {7}); },
      [&](const TokenAnswer& answer) { app().guard.require_active(claims(answer)); },
      [&](const TokenAnswer& answer) { app().guard.require_own_records(claims(answer)); },
  };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    admit_second();
    pass_by(kClaim_s - 1);
    calls[i](second);
    BOOST_TEST(!token_of(second).is_unclaimed, "call " << i);
    services->lapse_holds();
    for (const TokenAnswer* each : {&second, &third}) leave(*each);
  }
}

BOOST_AUTO_TEST_CASE(after_a_lapsed_claim_only_the_calls_for_the_token_are_answered) {
  admit_second();
  pass_by(kClaim_s);
  BOOST_TEST(refused([&] { app().guard.require_active(claims(second)); }) == "TOKEN_WAITING");
  BOOST_TEST(refused([&] { services->hold(claims(second), date, {7}); }) == "TOKEN_WAITING");
  const TokenAnswer answer = refresh(second);
  BOOST_CHECK(answer.state == TokenState::waiting);
  BOOST_TEST(answer.position.value() == 1);
  BOOST_TEST(answer.place.value() == 1);
  BOOST_TEST(row().active_count == 0);
  BOOST_TEST(row().returned_count == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_user_who_calls_again_is_admitted_before_all_others) {
  admit_second();
  pass_by(kClaim_s);
  pass();  // the third is admitted
  const TokenAnswer fourth = join(4);
  BOOST_CHECK(refresh(third).state == TokenState::active);
  BOOST_CHECK(join(2).state == TokenState::waiting);
  leave(third);
  pass();
  BOOST_CHECK(refresh(second).state == TokenState::active);
  BOOST_CHECK(refresh(fourth).state == TokenState::waiting);
  BOOST_TEST(row().returned_count == 0);
  BOOST_TEST(services->breaches() == "");
  leave(second);
  pass();
  BOOST_CHECK(refresh(fourth).state == TokenState::active);
}

BOOST_AUTO_TEST_CASE(nobody_joins_past_a_user_who_has_called_again) {
  admit_second();
  leave(third);
  pass_by(kClaim_s);
  BOOST_CHECK(refresh(second).state == TokenState::waiting);
  BOOST_TEST(row().waiting_count == 0);
  BOOST_CHECK(join(4).state == TokenState::waiting);
  pass();
  BOOST_CHECK(refresh(second).state == TokenState::active);
}

BOOST_AUTO_TEST_CASE(a_user_who_is_away_keeps_nobody_waiting) {
  admit_second();
  leave(third);
  pass_by(kClaim_s);
  pass();
  BOOST_CHECK(join(4).state == TokenState::active);
}

BOOST_AUTO_TEST_CASE(a_user_who_does_not_call_again_in_time_loses_the_token) {
  admit_second();
  pass_by(kClaim_s);
  pass();
  pass_by(kRejoin_s - 1);
  pass();
  BOOST_CHECK(token_of(second).state == TokenState::waiting);
  pass_by(1);
  BOOST_TEST(refused([&] { refresh(second); }) == "TOKEN_EXPIRED");
  pass();
  BOOST_CHECK(token_of(second).state == TokenState::expired);
  BOOST_TEST(row().vacancies() == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_time_to_call_again_counts_from_the_lapse_however_late_it_is_noted) {
  admit_second();
  pass_by(kClaim_s + kRejoin_s - 10);
  pass();
  BOOST_CHECK(token_of(second).state == TokenState::waiting);
  pass_by(10);
  pass();
  BOOST_CHECK(token_of(second).state == TokenState::expired);
}

BOOST_AUTO_TEST_CASE(a_user_who_called_again_keeps_waiting_after_that_time) {
  admit_second();
  pass_by(kClaim_s);
  pass();
  refresh(third);
  const TokenAnswer answer = refresh(second);
  BOOST_TEST((answer.expires_at - answer.now) > 1000 * kRejoin_s);
  stay(third, kRejoin_s);
  refresh(third);
  pass();
  BOOST_CHECK(refresh(second).state == TokenState::waiting);
}

BOOST_AUTO_TEST_CASE(a_second_admission_must_be_claimed_too) {
  admit_second();
  pass_by(kClaim_s);
  refresh(second);
  pass();
  BOOST_TEST(token_of(second).is_unclaimed);
  pass_by(kClaim_s);
  pass();
  BOOST_CHECK(token_of(second).state == TokenState::waiting);
  BOOST_CHECK(refresh(third).state == TokenState::active);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_user_who_leaves_after_giving_a_place_back_leaves_no_vacancy) {
  admit_second();
  const TokenAnswer fourth = join(4);
  pass_by(kClaim_s);
  pass();
  leave(second);
  BOOST_CHECK(token_of(second).state == TokenState::left);
  BOOST_TEST(refresh(fourth).position.value() == 1);
  BOOST_TEST(row().vacancies() == 0);
  refresh(third);
  leave(third);
  pass();
  BOOST_CHECK(refresh(fourth).state == TokenState::active);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_returned_user_who_leaves_is_no_longer_counted) {
  admit_second();
  pass_by(kClaim_s);
  refresh(second);
  BOOST_TEST(row().returned_count == 1);
  leave(second);
  BOOST_TEST(row().returned_count == 0);
  pass();
  BOOST_CHECK(refresh(third).state == TokenState::active);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(ending_a_stale_wait_of_an_absent_user_makes_no_vacancy) {
  first = join(1);
  second = join(2);
  const Token waiting = token_of(second);  // as a slow caller read it
  leave(first);
  pass();
  pass_by(kClaim_s);
  pass();
  ExpireTokens expire_tokens(backend().db, backend().queue_cache, settings);
  BOOST_TEST(!expire_tokens.end_wait(waiting, TokenState::left));
  BOOST_TEST(row().waiting_count == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_user_who_was_active_at_once_has_made_a_call) {
  first = join(1);
  BOOST_TEST(!token_of(first).is_unclaimed);
  BOOST_TEST((token_of(first).expires_at - first.now) >= 600'000);
}

BOOST_AUTO_TEST_CASE(without_claims_an_admitted_token_lives_its_active_life) {
  settings.claim_seconds = 0;
  compose();
  admit_second();
  const Token token = token_of(second);
  BOOST_TEST(!token.is_unclaimed);
  BOOST_TEST((token.expires_at - *token.admitted_at) == 660'000);
}

BOOST_AUTO_TEST_CASE(a_visit_ends_while_somebody_waits_however_often_its_user_calls) {
  admit_second();
  stay(second, kVisit_s - 101);
  const TokenAnswer late = refresh(second);
  BOOST_TEST((late.expires_at - late.now) <= 101'000);
  BOOST_TEST((late.expires_at - late.now) > 90'000);
  pass_by(60);
  BOOST_CHECK(refresh(second).expires_at <= late.expires_at);
  pass_by(42);
  BOOST_TEST(refused([&] { refresh(second); }) == "TOKEN_EXPIRED");
  pass();
  BOOST_CHECK(refresh(third).state == TokenState::active);
}

BOOST_AUTO_TEST_CASE(a_visit_has_no_end_while_nobody_waits) {
  admit_second();
  refresh(second);
  leave(third);
  for (int i = 0; i < 10; ++i) {
    pass_by(590);
    const TokenAnswer answer = refresh(second);
    BOOST_TEST((answer.expires_at - answer.now) == 600'000);
  }
  // A join does not shorten the promised end.
  const Instant told = refresh(second).expires_at;
  third = join(3);
  BOOST_CHECK(refresh(second).expires_at >= told);
  const Instant end = token_of(second).expires_at;
  pass_by(100);
  refresh(second);
  BOOST_CHECK(token_of(second).expires_at == end + -100'000);
  pass_by(560);
  BOOST_TEST(refused([&] { refresh(second); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(calls_near_the_end_of_a_visit_write_nothing) {
  admit_second();
  stay(second, kVisit_s - 201);
  refresh(second);
  int writes = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("UPDATE token") != std::string_view::npos) ++writes;
  });
  for (int i = 0; i < 5; ++i) refresh(second);
  backend().db.observe({});
  BOOST_TEST(writes == 0);
}

BOOST_AUTO_TEST_CASE(what_is_held_when_the_visit_is_over_can_be_paid) {
  settings.hold_seconds = 300;
  compose();
  admit_second();
  services->charge(claims(second), 5000);
  stay(second, kVisit_s - 10);
  const ReservationId held = services->hold(claims(second), date, {7});
  const auto until = backend().reservations.find(claims(second).user, held)->held_until;
  BOOST_TEST((until - backend().db.asked_now()) > 290'000);
  pass_by(200);
  const TokenAnswer answer = refresh(second);
  BOOST_CHECK(answer.state == TokenState::active);
  // What is held now must be paid before the token ends.
  const ReservationId later = services->hold(claims(second), date, {8});
  const auto later_until = backend().reservations.find(claims(second).user, later)->held_until;
  BOOST_CHECK(later_until <= token_of(second).expires_at);
  app().reservations.release(claims(second), later);
  app().payments.pay(claims(second), payment_of(held));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(clearing_a_queue_ends_every_wait_and_keeps_active_users) {
  admit_second();
  pass_by(kClaim_s);
  refresh(second);  // has called again
  const TokenAnswer fourth = join(4);
  std::vector<std::int64_t> heard;
  ClearQueue clear(backend().db, backend().queue_cache, settings);
  const auto begun = clear.begin(kMainQueue, kClearedByBob);
  BOOST_TEST(begun.waiting == 3);
  BOOST_TEST(clear.complete(begun, [&](std::int64_t so_far) { heard.push_back(so_far); }) == 3);
  BOOST_TEST(heard.back() == 3);
  for (const TokenAnswer& each : {second, third, fourth})
    BOOST_TEST(refused([&] { refresh(each); }) == "TOKEN_EXPIRED");
  BOOST_TEST(row().waiting() == 0);
  BOOST_TEST(services->breaches() == "");
  pass();
  first = join(1);
  BOOST_CHECK(first.state == TokenState::active);
  BOOST_TEST(clear_queue(*services) == 0);
  BOOST_CHECK(refresh(first).state == TokenState::active);
  BOOST_TEST(backend().admin_actions.of_queue(kMainQueue, 5).size() == 2U);
  BOOST_TEST(services->text("SELECT subject FROM admin_action ORDER BY action_id LIMIT 1") ==
             R"({"queueId":1,"waiting":3})");
}

BOOST_AUTO_TEST_CASE(a_clear_counts_absent_users_too) {
  admit_second();
  pass_by(kClaim_s);
  pass();
  refresh(third);
  ClearQueue clear(backend().db, backend().queue_cache, settings);
  const auto begun = clear.begin(kMainQueue, kClearedByBob);
  BOOST_TEST(begun.waiting == 1);
  BOOST_TEST(clear.complete(begun, [](std::int64_t) {}) == 1);
  BOOST_TEST(refused([&] { refresh(second); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(clearing_a_queue_beside_joins_and_admissions_keeps_its_counts) {
  settings.active_limit = 5;
  compose();
  for (int i = 1; i <= 40; ++i) join(i);
  in_parallel(4, [&](int process) {
    Services mine(settings);
    if (process == 0) {
      return static_cast<int>(clear_queue(mine));
    }
    for (int i = 0; i < 20; ++i) {
      if (process == 1) mine.maintain.run();
      mine.app.issue_token.run(kMainQueue, user(1000 * process + i));
    }
    return 0;
  });
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_call_and_a_lapse_in_the_same_millisecond_have_one_outcome) {
  for (int round = 0; round < 20; ++round) {
    const int base = 10 * round;
    first = join(base + 1);
    second = join(base + 2);
    third = join(base + 3);
    leave(first);
    pass();
    services->execute(
        "UPDATE token SET expires_at = NOW(3) + INTERVAL 5000 MICROSECOND WHERE token_id = ?",
        {claims(second).id});
    const auto seen = in_parallel(2, [&](int i) {
      Services mine(settings);
      mine.app.backend.db.asked_now();
      // Both wait for the end of the claim.
      while (mine.number("SELECT state = 'ACTIVE' AND expires_at > NOW(3) + INTERVAL 1000 "
                         "MICROSECOND FROM token WHERE token_id = ?",
                         {claims(second).id}) != 0) {
      }
      if (i == 0) {
        mine.maintain.run();
        mine.maintain.run();
        return 0;
      }
      const auto state = mine.app.refresh_token.run(claims(second)).state;
      return state == TokenState::active ? 1 : 2;
    });
    const bool is_inside = services->number(
                               "SELECT state = 'ACTIVE' AND unclaimed = 0 FROM token WHERE "
                               "token_id = ?",
                               {claims(second).id}) != 0;
    BOOST_TEST((seen[1] == 1) == is_inside);
    BOOST_TEST(row().active_count == 1);
    BOOST_TEST(services->breaches() == "");
    for (const TokenAnswer* each : {&second, &third}) leave(*each);
    pass();
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
