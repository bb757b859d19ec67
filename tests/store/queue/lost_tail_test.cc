// A database that lost the end of its history, as a replica that took over may have: it gives ids
// and places of that end again, and memcached still knows them.
#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

// One user is active, two wait at the places 1 and 2.
struct TwoWait : OneDateOfFiftySeats {
  TwoWait() {
    settings.active_limit = 1;
    services->enter(user(1));
    services->enter(user(2));
    services->enter(user(3));
    services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 1 HOUR");
  }
  // The database forgets the join of `claims` and all that came of it.
  void lose_join(const TokenClaims& claims) {
    const bool waits = services->number("SELECT state = 'WAITING' FROM token WHERE token_id = ?",
                                        {claims.id}) == 1;
    services->execute("UPDATE queue SET last_seq = last_seq - 1, waiting_count = waiting_count - ?",
                      {waits ? 1 : 0});
    if (!waits) lose_vacancy(claims);
    services->execute("DELETE FROM token WHERE token_id = ?", {claims.id});
  }
  // The database forgets that the user of `claims` left.
  void lose_leaving(const TokenClaims& claims) {
    services->execute("UPDATE token SET state = 'WAITING', ended_at = NULL WHERE token_id = ?",
                      {claims.id});
    services->execute("UPDATE queue SET waiting_count = waiting_count + 1");
    lose_vacancy(claims);
  }
  void lose_vacancy(const TokenClaims& claims) {
    services->execute("UPDATE queue_gap SET left_count = left_count - 1 WHERE block = ?",
                      {block_of(claims.place.value())});
  }
  // The position of a poll that asks only memcached; -1 if it asks the database.
  std::int64_t cached_position(const TokenClaims& claims) {
    const auto before = backend().db.round_trips();
    const auto position = services->poll(claims).position.value();
    return backend().db.round_trips() == before ? position : -1;
  }
  TokenClaims without_told(TokenClaims claims) {
    claims.position.reset();
    return claims;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_tail_test, TwoWait)

BOOST_AUTO_TEST_CASE(a_user_at_a_lost_place_is_told_the_position_that_it_has_now) {
  const TokenClaims lost = services->enter(user(4));
  app().leave_queue.run(lost);
  services->maintain.run();
  lose_join(lost);
  const TokenClaims newcomer = services->enter(user(5));
  BOOST_CHECK(newcomer.place == lost.place);
  const TokenClaims behind = services->enter(user(6));
  BOOST_TEST(services->poll(without_told(newcomer)).position.value() == 3);
  BOOST_TEST(services->poll(without_told(behind)).position.value() == 4);
  services->maintain.run();
  services->poll(newcomer);  // mends
  BOOST_TEST(cached_position(without_told(newcomer)) == 3);
  BOOST_TEST(cached_position(without_told(behind)) == 4);
}

BOOST_AUTO_TEST_CASE(a_state_that_had_a_place_before_it_was_given_is_not_believed) {
  const TokenClaims returned = services->enter(user(3));
  const TokenClaims lost = services->enter(user(4));
  app().leave_queue.run(returned);
  services->maintain.run();
  lose_leaving(returned);
  lose_join(lost);
  const TokenClaims newcomer = services->enter(user(5));
  BOOST_CHECK(newcomer.place == lost.place);
  BOOST_TEST(services->poll(without_told(newcomer)).position.value() == 3);
}

BOOST_AUTO_TEST_CASE(a_vacancy_that_was_lost_does_not_count_though_another_one_follows) {
  const TokenClaims returned = services->enter(user(4));
  const TokenClaims between = services->enter(user(5));
  const TokenClaims leaver = services->enter(user(6));
  const TokenClaims last = services->enter(user(7));
  for (const bool is_published : {false, true}) {
    services->maintain.run();
    app().leave_queue.run(returned);
    if (is_published) services->maintain.run();
    lose_leaving(returned);
    app().leave_queue.run(is_published ? last : leaver);
    services->maintain.run();
    services->poll(between);  // mends
    BOOST_TEST(cached_position(without_told(between)) == 4);
    BOOST_TEST(services->breaches() == "");
  }
}

// The note of the lost end is believed for as long as the wait could have lasted.
BOOST_AUTO_TEST_CASE(a_token_whose_end_was_lost_is_good_again_once_its_user_asks_for_one) {
  const TokenClaims returned = services->enter(user(3));
  app().leave_queue.run(returned);
  lose_leaving(returned);
  BOOST_TEST(refused([&] { services->poll(returned); }) == "TOKEN_EXPIRED");
  BOOST_CHECK(services->enter(user(3)).id == returned.id);
  BOOST_TEST(services->poll(returned).position.value() == 2);
}

BOOST_AUTO_TEST_CASE(a_token_that_was_admitted_since_its_end_was_lost_is_good_too) {
  const TokenClaims inside = services->enter(user(1));
  const TokenClaims returned = services->enter(user(2));
  app().leave_queue.run(returned);
  lose_leaving(returned);
  app().leave_queue.run(inside);
  services->maintain.run();
  const TokenClaims admitted = services->enter(user(2));
  BOOST_CHECK(admitted.id == returned.id);
  BOOST_CHECK(admitted.state == TokenState::active);
  BOOST_TEST(refused([&] { app().guard.require_active(admitted); }) == "");
}

BOOST_AUTO_TEST_CASE(an_end_that_the_database_knows_stays_noted) {
  const TokenClaims left = services->enter(user(3));
  app().leave_queue.run(left);
  backend().queue_cache.withdraw_end(left.issue(), [] { return false; });
  BOOST_TEST(refused([&] { services->poll(left); }) == "TOKEN_EXPIRED");
  // It ends once more between the look and the change.
  backend().queue_cache.withdraw_end(left.issue(), [&] {
    backend().queue_cache.note_ended(left.issue());
    return true;
  });
  const auto noted = backend().queue_cache.poll({kMainQueue, left.issue(), left.place}).token;
  BOOST_REQUIRE(noted);
  BOOST_CHECK(noted->state == CachedToken::State::ended);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
