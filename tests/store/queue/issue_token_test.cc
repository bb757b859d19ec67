#include "service/queue/issue_token.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {
namespace {

// Room for one active user, and three users who wait.
struct RoomBesideThreeWaits : OneDateOfFiftySeats {
  RoomBesideThreeWaits() {
    settings.active_limit = 1;
    const TokenClaims first = services->enter(user(1));
    for (int i = 2; i <= 4; ++i) waits.push_back(services->enter(user(i)));
    app().leave_queue.run(first);
  }
  void lapse_all() {
    services->execute("UPDATE token SET expires_at = NOW(3) WHERE state = 'WAITING'");
  }
  std::int64_t expired() {
    return services->number("SELECT COUNT(*) FROM token WHERE state = 'EXPIRED'");
  }
  // How often a join looks for a wait that has not lapsed.
  int looks_of_join(const UserId& who, TokenState expected) {
    int looks = 0;
    backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
      if (sql.find("FORCE INDEX (token_expiry)") != std::string_view::npos) ++looks;
    });
    BOOST_CHECK(services->enter(who).state == expected);
    backend().db.observe({});
    return looks;
  }
  std::vector<TokenClaims> waits;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(issue_token_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(a_new_user_below_the_limit_is_active_at_once) {
  const auto issued = app().issue_token.run(kMainQueue, user(1));
  BOOST_TEST(issued.created);
  BOOST_CHECK(issued.answer.state == TokenState::active);
  BOOST_TEST(issued.answer.position.value() == 0);
  BOOST_TEST(issued.answer.estimated_wait_s.value() == 0);
  BOOST_TEST((issued.answer.expires_at - backend().db.now()) <= 601'000);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM user") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(users_past_the_limit_wait_in_the_order_of_their_joins) {
  settings.active_limit = 2;
  for (int i = 1; i <= 2; ++i) BOOST_CHECK(services->enter(user(i)).state == TokenState::active);
  for (int i = 3; i <= 6; ++i) {
    const auto issued = app().issue_token.run(kMainQueue, user(i));
    BOOST_CHECK(issued.answer.state == TokenState::waiting);
    BOOST_TEST(issued.answer.position.value() == i - 2);
    BOOST_TEST(issued.answer.poll_after_s >= 1);
    BOOST_TEST(issued.answer.estimated_wait_s.has_value());
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(asking_again_never_tells_a_greater_position_than_a_poll_did) {
  settings.active_limit = 1;
  services->enter(user(1));
  const TokenClaims second = services->enter(user(2));
  const TokenClaims third = services->enter(user(3));
  services->maintain.run();
  // Another host that has lost memcached: nothing that happens there is noted in it.
  Settings blind_settings = settings;
  blind_settings.memcached_servers = "";
  Services blind(blind_settings);
  blind.app.leave_queue.run(second);
  BOOST_TEST(blind.poll(third).position.value() == 1);
  BOOST_TEST(services->enter(user(3)).position.value() == 1);
}

// The clocks of the sessions stand for the server's.
BOOST_AUTO_TEST_CASE(asking_again_after_the_databases_clock_was_set_tells_what_is_published) {
  settings.active_limit = 1;
  settings.active_seconds = 20'000;
  compose();
  services->enter(user(1));
  const TokenClaims second = services->enter(user(2));
  const TokenClaims third = services->enter(user(3));
  Services other(settings);
  other.poll(third);
  for (Services* worker : {&*services, &other})
    worker->app.backend.db.run_text("SET timestamp = UNIX_TIMESTAMP() + 3600");
  services->maintain.run();
  Settings blind_settings = settings;
  blind_settings.memcached_servers = "";
  Services blind(blind_settings);
  blind.app.leave_queue.run(second);
  backend().cache.set("turn:queue5:1", "", 60);  // so that nobody publishes
  const std::int64_t told = other.app.issue_token.run(kMainQueue, user(3)).answer.position.value();
  BOOST_TEST(other.poll(third).position.value() <= told);
}

BOOST_AUTO_TEST_CASE(asking_again_keeps_the_place) {
  settings.active_limit = 1;
  services->enter(user(1));
  const TokenClaims second = services->enter(user(2));
  services->enter(user(3));
  for (int i = 0; i < 3; ++i) {
    const auto again = app().issue_token.run(kMainQueue, user(2));
    BOOST_TEST(!again.created);
    BOOST_TEST(again.answer.position.value() == 1);
    const TokenClaims claims = app().token_text.read(again.answer.token);
    BOOST_CHECK(claims.id == second.id);
    BOOST_CHECK(claims.place == second.place);
  }
  const auto active = app().issue_token.run(kMainQueue, user(1));
  BOOST_TEST(!active.created);
  BOOST_CHECK(active.answer.state == TokenState::active);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 3);
}

BOOST_AUTO_TEST_CASE(a_user_who_asks_again_while_the_token_ends_gets_another) {
  const TokenClaims first = services->enter(user(1));
  services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL 100 SECOND");
  Services elsewhere(settings);
  bool ended = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (ended || sql.find("UPDATE token SET expires_at") == std::string_view::npos) return;
    ended = true;
    elsewhere.app.leave_queue.run(first);
  });
  const auto again = app().issue_token.run(kMainQueue, user(1));
  BOOST_TEST(ended);
  BOOST_TEST(again.created);
  BOOST_CHECK(again.answer.state == TokenState::active);
  BOOST_CHECK(app().token_text.read(again.answer.token).id != first.id);
}

// As when a second device asks for the user's token and leaves with it.
BOOST_FIXTURE_TEST_CASE(a_user_whose_new_token_ends_before_it_is_told_gets_another,
                        RoomBesideThreeWaits) {
  for (const TokenState expected : {TokenState::active, TokenState::waiting}) {
    if (expected == TokenState::active) lapse_all();
    const UserId who = user(expected == TokenState::active ? 5 : 6);
    Services elsewhere(settings);
    std::optional<TokenClaims> ended;
    backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
      if (ended || sql.find("t.token_id = LAST_INSERT_ID()") == std::string_view::npos) return;
      ended = elsewhere.enter(who);
      elsewhere.app.leave_queue.run(*ended);
    });
    const auto issued = app().issue_token.run(kMainQueue, who);
    backend().db.observe({});
    BOOST_REQUIRE(ended.has_value());
    BOOST_TEST(issued.created);
    BOOST_CHECK(issued.answer.state == expected);
    BOOST_CHECK(app().token_text.read(issued.answer.token).id != ended->id);
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(asking_again_does_not_make_what_memcached_keeps_grow) {
  settings.active_limit = 1;
  for (int i = 1; i <= 9; ++i) services->enter(user(i));
  for (int i = 4; i <= 8; i += 2) app().leave_queue.run(services->enter(user(i)));
  services->maintain.run();
  const auto kept = [&] {
    const auto state = backend().queue_cache.published(kMainQueue).state;
    const std::string key = fmt::format("+vacant1:{}:0", state->lineage);
    return backend().cache.get({key}).at(key)->value.size();
  };
  const std::size_t of_each_once = kept();
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(app().issue_token.run(kMainQueue, user(9)).answer.position.value() == 5);
  BOOST_TEST(kept() == of_each_once);
  forget_cache();
  for (int i = 0; i < 20; ++i) app().issue_token.run(kMainQueue, user(9));
  BOOST_TEST(kept() <= of_each_once);
}

BOOST_AUTO_TEST_CASE(a_joining_user_waits_while_others_wait_although_there_is_room) {
  settings.active_limit = 1;
  const TokenClaims first = services->enter(user(1));
  services->enter(user(2));
  app().leave_queue.run(first);
  BOOST_CHECK(services->enter(user(3)).state == TokenState::waiting);
}

BOOST_FIXTURE_TEST_CASE(lapsed_waits_keep_nobody_waiting_without_any_pass, RoomBesideThreeWaits) {
  lapse_all();
  BOOST_CHECK(services->enter(user(9)).state == TokenState::active);
  BOOST_TEST(expired() == 3);
  BOOST_CHECK(services->enter(user(10)).state == TokenState::waiting);
  BOOST_TEST(refused([&] { services->poll(waits[0]); }) == "TOKEN_EXPIRED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_FIXTURE_TEST_CASE(one_wait_that_has_not_lapsed_keeps_others_waiting, RoomBesideThreeWaits) {
  for (const int i : {0, 2}) services->lapse(waits[static_cast<std::size_t>(i)]);
  BOOST_CHECK(services->enter(user(9)).state == TokenState::waiting);
  BOOST_TEST(expired() == 0);
  BOOST_TEST(services->breaches() == "");
}

BOOST_FIXTURE_TEST_CASE(lapsed_waits_are_left_to_the_next_pass_while_the_queue_is_paused,
                        RoomBesideThreeWaits) {
  lapse_all();
  backend().queues.set_paused(kMainQueue, true);
  BOOST_CHECK(services->enter(user(9)).state == TokenState::waiting);
  BOOST_TEST(expired() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_join_looks_for_waits_that_have_not_lapsed_only_where_there_is_room,
                        RoomBesideThreeWaits) {
  BOOST_TEST(looks_of_join(user(9), TokenState::waiting) == 1);
  services->maintain.run();
  BOOST_TEST(looks_of_join(user(10), TokenState::waiting) == 0);
  settings.active_limit = 9;
  services->maintain.run();
  BOOST_TEST(looks_of_join(user(11), TokenState::active) == 0);
}

BOOST_AUTO_TEST_CASE(everybody_waits_while_the_queue_is_paused) {
  backend().queues.set_paused(kMainQueue, true);
  const auto issued = app().issue_token.run(kMainQueue, user(1));
  BOOST_CHECK(issued.answer.state == TokenState::waiting);
  BOOST_TEST(!issued.answer.estimated_wait_s);
}

BOOST_AUTO_TEST_CASE(a_lapsed_active_token_makes_room_for_a_join_without_any_pass) {
  settings.active_limit = 1;
  const TokenClaims first = services->enter(user(1));
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE token_id = ?", {first.id});
  BOOST_CHECK(services->enter(user(2)).state == TokenState::active);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {first.id}) == "EXPIRED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_user_whose_token_has_lapsed_gets_a_new_one_without_any_pass) {
  settings.active_limit = 1;
  const TokenClaims active = services->enter(user(1));
  const TokenClaims waiting = services->enter(user(2));
  services->execute("UPDATE token SET expires_at = NOW(3)");
  const TokenClaims later = services->enter(user(2));
  BOOST_CHECK(later.id != waiting.id);
  BOOST_CHECK(services->enter(user(1)).id != active.id);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_limit_that_an_administrator_set_overrides_the_configured_one) {
  settings.active_limit = 1;
  backend().queues.set_limits(kMainQueue, {2, std::nullopt}, settings.active_limit);
  services->enter(user(1));
  BOOST_CHECK(services->enter(user(2)).state == TokenState::active);
  BOOST_CHECK(services->enter(user(3)).state == TokenState::waiting);
  backend().queues.set_limits(kMainQueue, {}, settings.active_limit);
  BOOST_CHECK(services->enter(user(4)).state == TokenState::waiting);
  // Users who were active when the limit fell stay active.
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_connection_lost_right_after_the_join_neither_loses_nor_doubles_it) {
  const std::int64_t connection = services->number("SELECT CONNECTION_ID()");
  bool killed = false;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (killed || sql.find("LAST_INSERT_ID()") == std::string_view::npos) return;
    killed = true;
    Session admin(settings.database, nullptr);
    admin.run_text("KILL CONNECTION " + std::to_string(connection));
  });
  BOOST_CHECK(services->enter(user(1)).state == TokenState::active);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_wait_lasts_no_longer_than_configured_and_no_longer_than_a_day) {
  settings.active_limit = 1;
  settings.waiting_seconds = 60;
  services->enter(user(1));
  const TokenClaims claims = services->enter(user(2));
  BOOST_TEST((claims.waits_until - claims.issued_at) == 60'000);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_early_enough_for_a_whole_active_life) {
  settings.active_limit = 1;
  services->enter(user(1));
  const TokenClaims claims = services->enter(user(2));
  BOOST_TEST((claims.waits_until - claims.issued_at) == 85'800'000);
  BOOST_TEST(services->number("SELECT TIMESTAMPDIFF(SECOND, issued_at, expires_at) FROM token "
                              "WHERE token_id = ?",
                              {claims.id}) == 85'800);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
