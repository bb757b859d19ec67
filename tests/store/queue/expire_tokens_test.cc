#include "service/queue/expire_tokens.h"

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

struct Tokens : OneDateOfFiftySeats {
  ExpireTokens expire_tokens{backend().db, backend().queue_cache, settings};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(expire_tokens_test, Tokens)

BOOST_AUTO_TEST_CASE(a_batch_ends_what_has_lapsed_and_nothing_else) {
  settings.active_limit = 3;
  std::vector<TokenClaims> all;
  for (int i = 1; i <= 6; ++i) all.push_back(services->enter(user(i)));
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id IN (?, ?, ?)",
                    {all[0].id, all[2].id, all[4].id});
  BOOST_TEST(expire_tokens.lapsed_active(kMainQueue) == 2U);
  BOOST_TEST(expire_tokens.lapsed_waiting(kMainQueue) == 1U);
  BOOST_TEST(expire_tokens.lapsed_active(kMainQueue) == 0U);
  BOOST_TEST(expire_tokens.lapsed_waiting(kMainQueue) == 0U);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE state = 'EXPIRED'") == 3);
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 1);
  BOOST_TEST(services->number("SELECT waiting_count FROM queue") == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(an_ended_token_is_refused_at_once_although_memcached_knew_it_as_active) {
  const TokenClaims claims = services->enter(user(1));
  app().balances.show(claims);
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {claims.id});
  expire_tokens.lapsed_active(kMainQueue);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_token_that_has_ended_already_is_left_alone) {
  const TokenClaims claims = services->enter(user(1));
  const Token token = backend().tokens.find(claims.id)->token;
  app().leave_queue.run(claims);
  expire_tokens.one(token);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {claims.id}) == "LEFT");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_token_that_a_use_extended_since_it_was_seen_to_lapse_lives_on) {
  const TokenClaims claims = services->enter(user(1));
  Token lapsed = backend().tokens.find(claims.id)->token;
  lapsed.expires_at = lapsed.issued_at;
  expire_tokens.one(lapsed);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {claims.id}) == "ACTIVE");
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(one_lapsed_token_is_ended_and_makes_room) {
  const TokenClaims claims = services->enter(user(1));
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {claims.id});
  expire_tokens.one(backend().tokens.find(claims.id)->token);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {claims.id}) ==
             "EXPIRED");
  BOOST_TEST(services->number("SELECT active_count FROM queue") == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
