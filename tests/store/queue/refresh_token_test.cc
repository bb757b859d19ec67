#include "service/queue/refresh_token.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "support/one_date.h"

namespace concert::test {
namespace {

// User 1 is active; the users 2, 3 and 4 wait.
struct ThreeWait : OneDateOfFiftySeats {
  ThreeWait() {
    settings.active_limit = 1;
    inside = services->enter(user(1));
    for (int i = 2; i <= 4; ++i) waiting.push_back(services->enter(user(i)));
  }
  std::int64_t position(const TokenClaims& claims) {
    return app().refresh_token.run(claims).position.value();
  }

  TokenClaims inside;
  std::vector<TokenClaims> waiting;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refresh_token_test, ThreeWait)

BOOST_AUTO_TEST_CASE(a_waiting_token_is_told_its_position_with_and_without_memcached) {
  for (int i = 0; i < 3; ++i) BOOST_TEST(position(waiting[static_cast<std::size_t>(i)]) == i + 1);
  services->maintain.run();
  for (int i = 0; i < 3; ++i) BOOST_TEST(position(waiting[static_cast<std::size_t>(i)]) == i + 1);
  settings.memcached_servers = "";
  compose();
  for (int i = 0; i < 3; ++i) BOOST_TEST(position(waiting[static_cast<std::size_t>(i)]) == i + 1);
}

// memcached was restarted: other processes wrote the state and the vacancies again.
BOOST_AUTO_TEST_CASE(a_user_who_left_is_told_so_though_memcached_lost_the_note) {
  app().leave_queue.run(waiting[1]);
  forget_cache();
  services->maintain.run();
  BOOST_TEST(position(waiting[2]) == 2);
  BOOST_TEST(refused([&] { app().refresh_token.run(waiting[1]); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_text_of_a_shorter_active_life_is_told_the_end_that_the_present_one_leaves) {
  services->maintain.run();
  settings.active_seconds = 3600;
  compose();
  backend().db.now();  // connects, so that memcached is used
  const TokenClaims& earlier = waiting[0];
  BOOST_TEST((earlier.waits_until - earlier.issued_at) == 85'800'000);
  const TokenAnswer answer = app().refresh_token.run(earlier);
  BOOST_TEST((answer.expires_at - earlier.issued_at) == 82'800'000);
}

BOOST_AUTO_TEST_CASE(an_active_token_is_extended_and_has_no_position) {
  services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 60 SECOND WHERE token_id = ?",
                    {inside.id});
  forget_cache();
  const TokenAnswer answer = app().refresh_token.run(inside);
  BOOST_CHECK(answer.state == TokenState::active);
  BOOST_TEST(answer.position.value() == 0);
  BOOST_TEST(!app().token_text.read(answer.token).place.has_value());  // it never waited
  BOOST_TEST(answer.estimated_wait_s.value() == 0);
  BOOST_TEST((answer.expires_at - backend().db.now()) > 500'000);
  BOOST_TEST(services->number(
                 "SELECT expires_at > NOW(3) + INTERVAL 500 SECOND FROM token WHERE token_id = ?",
                 {inside.id}) == 1);
}

BOOST_AUTO_TEST_CASE(an_old_text_is_good_as_long_as_the_token_lives) {
  services->maintain.run();
  const TokenClaims first_text = waiting[0];
  services->poll(first_text);
  app().leave_queue.run(inside);
  services->maintain.run();
  BOOST_CHECK(services->poll(first_text).state == TokenState::active);
  BOOST_CHECK(services->poll(first_text).state == TokenState::active);
}

BOOST_AUTO_TEST_CASE(a_position_is_never_greater_than_the_one_told_before) {
  const TokenClaims told_one = [&] {
    TokenClaims claims = waiting[2];
    claims.position = 1;
    return claims;
  }();
  BOOST_TEST(position(told_one) == 1);
  services->maintain.run();
  BOOST_TEST(position(told_one) == 1);
}

BOOST_AUTO_TEST_CASE(an_ended_token_is_refused_with_and_without_memcached) {
  app().leave_queue.run(waiting[0]);
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {waiting[1].id});
  app().leave_queue.run(inside);
  const auto all_refused = [&] {
    BOOST_TEST(refused([&] { app().refresh_token.run(waiting[0]); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { app().refresh_token.run(waiting[1]); }) == "TOKEN_EXPIRED");
    BOOST_TEST(refused([&] { app().refresh_token.run(inside); }) == "TOKEN_EXPIRED");
  };
  all_refused();
  services->maintain.run();
  all_refused();
  forget_cache();
  all_refused();
}

// A user who was admitted just before may still wait in a state that memcached kept too long.
BOOST_AUTO_TEST_CASE(the_database_decides_about_a_wait_past_its_end) {
  services->maintain.run();
  TokenClaims late = waiting[2];
  late.waits_until = backend().db.now() + -1;
  BOOST_CHECK(app().refresh_token.run(late).state == TokenState::waiting);
  services->execute(
      "UPDATE token SET state = 'ACTIVE', admitted_at = NOW(3), expires_at = NOW(3) + INTERVAL 1 "
      "MINUTE WHERE token_id = ?",
      {late.id});
  BOOST_CHECK(app().refresh_token.run(late).state == TokenState::active);
}

BOOST_AUTO_TEST_CASE(a_token_that_the_database_does_not_know_is_refused) {
  TokenClaims unknown = waiting[0];
  unknown.id = TokenId{999'999'999};
  unknown.state = TokenState::active;
  BOOST_TEST(refused([&] { app().refresh_token.run(unknown); }) == "TOKEN_EXPIRED");
}

// The clocks of the sessions stand for the server's.
BOOST_AUTO_TEST_CASE(a_clock_of_the_database_that_was_set_is_followed_by_all_workers_at_once) {
  constexpr std::int64_t kHour_ms = 3'600'000;
  settings.active_seconds = 20'000;
  compose();
  Services other(settings);
  services->maintain.run();
  const Instant told = services->app.refresh_token.run(inside).expires_at;
  BOOST_TEST(std::abs(other.app.refresh_token.run(inside).expires_at - told) < 60'000);
  for (Services* worker : {&*services, &other})
    worker->app.backend.db.run_text("SET timestamp = UNIX_TIMESTAMP() + 3600");
  services->maintain.run();
  for (int i = 0; i < 4; ++i) {
    for (Services* worker : {&*services, &other}) {
      const auto later = worker->app.refresh_token.run(inside).expires_at - told;
      BOOST_TEST(std::abs(later - kHour_ms) < 60'000, "later by " << later << " ms");
    }
  }
}

BOOST_AUTO_TEST_CASE(no_wait_is_estimated_while_the_queue_is_paused) {
  backend().queues.set_paused(kMainQueue, true);
  services->maintain.run();
  BOOST_TEST(!app().refresh_token.run(waiting[0]).estimated_wait_s);
}

BOOST_AUTO_TEST_CASE(an_admitted_token_keeps_its_place_in_its_text) {
  app().leave_queue.run(inside);
  services->maintain.run();
  const TokenClaims refreshed = services->poll(waiting[0]);
  BOOST_CHECK(refreshed.state == TokenState::active);
  BOOST_TEST(refreshed.place.value() == 1);
  BOOST_TEST(services->poll(refreshed).place.value() == 1);  // from memcached
  BOOST_TEST(services->enter(user(2)).place.value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
