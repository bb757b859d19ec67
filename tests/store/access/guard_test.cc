#include "service/access/guard.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/one_date.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct OneInside : OneDateOfFiftySeats {
  OneInside() : claims(services->enter(user(1))) {}

  // Watches the writes that extend a token.
  void watch() {
    backend().db.observe([this](std::string_view sql, const std::vector<Value>&) {
      if (sql.find("UPDATE token SET expires_at") != std::string_view::npos) ++extensions;
    });
  }
  void set_end(int seconds) {
    services->execute("UPDATE token SET expires_at = NOW(3) + INTERVAL ? SECOND", {seconds});
    forget_cache();
  }
  std::int64_t left_s() {
    return services->number("SELECT TIMESTAMPDIFF(SECOND, NOW(3), expires_at) FROM token");
  }
  // For how many more seconds memcached keeps the note of a use, which is made until it is found:
  // on a busy machine one of a short life may be gone before it is looked at.
  std::int64_t cached_for_s(const std::function<void()>& use) {
    const std::string ask = "mg " + name_in_memcached(QueueCache::token_key(claims.id)) + " t";
    std::string answer;
    BOOST_REQUIRE_MESSAGE(happens_within(20,
                                         [&] {
                                           use();
                                           answer = ask_memcached(ask);
                                           return answer.rfind("HD t", 0) == 0;
                                         }),
                          answer);
    return std::stoll(answer.substr(4));
  }

  TokenClaims claims;
  int extensions = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(guard_test, OneInside)

BOOST_AUTO_TEST_CASE(uses_within_a_tenth_of_the_life_write_nothing) {
  watch();
  for (int i = 0; i < 10; ++i) {
    app().balances.show(claims);
    app().balances.ledger(claims, std::nullopt, 5);
    app().refresh_token.run(claims);
    services->charge(claims, 1);
    forget_cache();
  }
  BOOST_TEST(extensions == 0);
}

BOOST_AUTO_TEST_CASE(a_use_that_is_due_writes_once_for_the_next_tenth) {
  set_end(599);
  watch();
  for (int i = 0; i < 10; ++i) {
    app().balances.show(claims);
    app().refresh_token.run(claims);
    services->charge(claims, 1);
  }
  BOOST_TEST(extensions == 1);
  BOOST_TEST(left_s() >= 640);
}

// As when memcached hung while a use extended the token.
BOOST_AUTO_TEST_CASE(a_cached_end_that_has_passed_is_not_believed) {
  const Instant passed = backend().db.now() + -1;
  const std::string key = QueueCache::token_key(claims.id);
  const std::vector<std::function<void()>> reads{
      [&] { app().balances.show(claims); },
      [&] { app().refresh_token.run(claims); },
      [&] { app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; }); },
      [&] { app().catalogue.seats(claims, concert, date); },
  };
  for (const auto& read : reads) {
    backend().cache.set(
        key, fmt::format("A{} {} {}", claims.issued_at.ms, passed.ms, (passed + -1000).ms), 5);
    const auto known = QueueCache::read_token(backend().cache.get({key}), claims.issue());
    BOOST_REQUIRE(known);
    BOOST_CHECK(known->written_end == passed);
    BOOST_TEST(refused(read) == "");
  }
}

// As when memcached hung before it stored the note, and the token ended before it went on.
BOOST_AUTO_TEST_CASE(a_state_that_was_noted_more_than_5_s_ago_is_not_believed) {
  const std::string key = QueueCache::token_key(claims.id);
  const Instant now = backend().db.now();
  const auto note_of = [&](std::int64_t ms_ago) {
    backend().cache.set(
        key, fmt::format("A{} {} {}", claims.issued_at.ms, (now + 660'000).ms, (now + -ms_ago).ms),
        5);
  };
  services->execute("UPDATE token SET state = 'LEFT', ended_at = NOW(3) WHERE token_id = ?",
                    {claims.id});
  note_of(0);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "");
  note_of(5000);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
  note_of(5000);
  BOOST_TEST(refused([&] { app().refresh_token.run(claims); }) == "TOKEN_EXPIRED");
  note_of(-5000);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
}

// As after a switch-over to a replica that had not yet received the newest tokens.
BOOST_AUTO_TEST_CASE(the_note_of_an_end_is_not_believed_of_another_token_that_got_the_id) {
  settings.active_limit = 1;
  for (const int leaver : {2, 4}) {
    const bool was_active = leaver == 4;
    if (was_active) settings.active_limit = 2;
    const TokenClaims left = services->enter(user(leaver));
    BOOST_REQUIRE((left.state == TokenState::active) == was_active);
    app().balances.show(claims);
    app().leave_queue.run(left);
    services->execute("DELETE FROM token WHERE token_id = ?", {left.id});
    services->execute(fmt::format("ALTER TABLE token AUTO_INCREMENT = {}", left.id.value));
    settings.active_limit = 1;
    const TokenClaims other = services->enter(user(leaver + 1));
    BOOST_REQUIRE(other.id == left.id);
    BOOST_CHECK(services->poll(other).state == TokenState::waiting);
    BOOST_TEST(refused([&] { app().refresh_token.run(left); }) == "TOKEN_EXPIRED");
    settings.active_limit = 2;
    services->maintain.run();
    BOOST_CHECK(services->poll(other).state == TokenState::active);
    BOOST_TEST(app().balances.show(other) == 0);
    // It is noted as any other, so that the database is asked once in 5 s.
    const auto noted = QueueCache::read_token(
        backend().cache.get({QueueCache::token_key(other.id)}), other.issue());
    BOOST_REQUIRE(noted);
    BOOST_CHECK(noted->state == CachedToken::State::active);
    BOOST_TEST(refused([&] { app().guard.require_active(left); }) == "TOKEN_EXPIRED");
    app().leave_queue.run(other);
  }
}

BOOST_AUTO_TEST_CASE(a_note_that_a_stranger_wrote_into_memcached_admits_nobody) {
  settings.active_limit = 1;
  const TokenClaims waiting = services->enter(user(2));
  BOOST_REQUIRE(waiting.state == TokenState::waiting);
  const Instant now = backend().db.now();
  const std::string note =
      fmt::format("A{} {} {}", waiting.issued_at.ms, (now + 600'000).ms, now.ms);
  const std::string code(Seal::kCodeBytes, 'x');
  for (const std::string& forged : {note, code + note}) {
    BOOST_TEST(ask_memcached("set " + name_in_memcached(QueueCache::token_key(waiting.id)) +
                             fmt::format(" 0 60 {}\r\n", forged.size()) + forged) == "STORED\r\n");
    BOOST_TEST(refused([&] { app().guard.require_active(waiting); }) == "TOKEN_WAITING");
    BOOST_TEST(refused([&] { app().catalogue.seats(waiting, concert, date); }) == "TOKEN_WAITING");
    BOOST_CHECK(services->poll(waiting).state == TokenState::waiting);
  }
}

// As after the restore of a backup: the database has forgotten a token and gives its id to another.
BOOST_AUTO_TEST_CASE(a_text_is_not_taken_for_the_token_of_another_that_got_its_id) {
  const ReservationId held = services->hold(claims, date, {1});
  services->execute("DELETE FROM token WHERE token_id = ?", {claims.id});
  services->execute(fmt::format("ALTER TABLE token AUTO_INCREMENT = {}", claims.id.value));
  services->execute("UPDATE queue SET active_count = 0");
  const TokenClaims other = services->enter(user(2));
  BOOST_REQUIRE(other.id == claims.id);
  const std::vector<std::function<void()>> calls{
      [&] { app().balances.show(claims); },
      [&] { app().refresh_token.run(claims); },
      [&] { app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; }); },
      [&] { app().catalogue.seats(claims, concert, date); },
      [&] { app().reservations.show(claims, held); },
      [&] { services->charge(claims, 1); },
      [&] { services->hold(claims, date, {2}); },
      [&] { app().reservations.extend(claims, held); },
      [&] { app().reservations.release(claims, held); },
      [&] { app().payments.pay(claims, payment_of(held)); },
  };
  for (const bool cached : {false, true}) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!cached) backend().cache.remove(QueueCache::token_key(other.id));
      if (cached) app().balances.show(other);
      BOOST_TEST(refused(calls[i]) == "TOKEN_EXPIRED", "call " << i << ", cached " << cached);
    }
  }
  app().leave_queue.run(claims);
  BOOST_TEST(services->text("SELECT state FROM token WHERE token_id = ?", {other.id}) == "ACTIVE");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 1);
}

// A use that was delayed may write an end that is before the end of a later use.
BOOST_AUTO_TEST_CASE(no_use_shortens_a_life) {
  const Instant end = backend().db.now() + 900'000;
  BOOST_TEST(backend().tokens.extend(claims.id, end));
  BOOST_TEST(!backend().tokens.extend(claims.id, end + -100'000));
  BOOST_TEST(backend().tokens.find(claims.id)->token.expires_at.ms == end.ms);
}

BOOST_AUTO_TEST_CASE(a_use_that_cannot_be_noted_undoes_nothing) {
  set_end(100);
  services->execute("RENAME TABLE token TO token_elsewhere", {});
  Token token;
  token.id = claims.id;
  BOOST_TEST(app().guard.uses().note(token, backend().db.now()));
  services->execute("RENAME TABLE token_elsewhere TO token", {});
}

BOOST_AUTO_TEST_CASE(every_guarded_call_extends_an_active_token) {
  const ReservationId held = services->hold(claims, date, {1});
  const std::vector<std::function<void()>> calls{
      [&] { app().balances.show(claims); },
      [&] { app().refresh_token.run(claims); },
      [&] { app().issue_token.run(kMainQueue, user(1)); },
      [&] { app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; }); },
      [&] { app().catalogue.seats(claims, concert, date); },
      [&] { app().reservations.show(claims, held); },
      [&] { app().reservations.list(claims, std::nullopt, 1); },
      [&] { app().balances.ledger(claims, std::nullopt, 1); },
      [&] { services->charge(claims, 1); },
      [&] { services->hold(claims, date, {2}); },
      [&] { app().reservations.release(claims, held); },
      [&] { refused([&] { app().payments.pay(claims, PaymentId{999'999'999}); }); },
      [&] { refused([&] { services->hold(claims, date, {51}); }); },
      [&] { refused([&] { services->charge(claims, kMaxPoints); }); },
  };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    set_end(100);
    calls[i]();
    BOOST_TEST(left_s() >= 640, "call " << i);
  }
}

// So that the database is asked for a token once in 5 s, whichever way its user reads.
BOOST_AUTO_TEST_CASE(every_read_notes_a_token_that_memcached_does_not_know) {
  const ReservationId held = services->hold(claims, date, {1});
  const std::vector<std::function<void()>> reads{
      [&] { app().balances.show(claims); },
      [&] { app().balances.ledger(claims, std::nullopt, 1); },
      [&] { app().reservations.show(claims, held); },
      [&] { app().reservations.list(claims, std::nullopt, 1); },
      [&] { app().catalogue.seats(claims, concert, date); },
      [&] { app().catalogue.concerts(claims, ConcertId{}, 1); },
      [&] { app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; }); },
  };
  const std::string key = QueueCache::token_key(claims.id);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    ask_memcached("delete " + name_in_memcached(key) + "\r\n");
    BOOST_REQUIRE(backend().cache.get({key}).empty());
    reads[i]();
    BOOST_TEST(!backend().cache.get({key}).empty(), "read " << i);
  }
}

BOOST_AUTO_TEST_CASE(two_extensions_of_the_same_millisecond_are_both_good) {
  // Two workers that serve one user in parallel learn the same state and write the same end.
  set_end(100);
  const auto found = backend().tokens.find(claims.id);
  for (int i = 0; i < 2; ++i) {
    Token token = found->token;
    BOOST_TEST(refused([&] { app().guard.uses().require_alive(token, found->now); }) == "");
    BOOST_CHECK(token.expires_at == backend().tokens.find(claims.id)->token.expires_at);
    BOOST_TEST(refused([&] {
                 run_transaction(backend().db,
                                 [&] { app().guard.uses().lock(found->token, found->now); });
               }) == "");
  }
}

BOOST_AUTO_TEST_CASE(an_extension_that_fails_does_not_spoil_an_answer_that_is_settled) {
  // A 503 would say that nothing was done.
  set_end(100);
  bool killed = false;
  const std::int64_t connection = services->number("SELECT CONNECTION_ID()");
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (killed || sql.find("UPDATE token SET expires_at") == std::string_view::npos) return;
    killed = true;
    Session admin(settings.database, nullptr);
    admin.run_text("KILL CONNECTION " + std::to_string(connection));
  });
  BOOST_TEST(services->charge(claims, 10) == 10);
  BOOST_TEST(killed);
}

// As while an administrator has the database read-only.
BOOST_AUTO_TEST_CASE(a_read_goes_on_though_its_use_cannot_be_noted) {
  set_end(100);
  int tried = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("UPDATE token SET expires_at") == std::string_view::npos) return;
    ++tried;
    throw DatabaseUnavailable("read-only");
  });
  const std::vector<std::function<void()>> reads{
      [&] { app().balances.show(claims); },
      [&] { app().refresh_token.run(claims); },
      [&] { app().issue_token.run(kMainQueue, user(1)); },
      [&] { app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; }); },
      [&] { app().catalogue.seats(claims, concert, date); },
      [&] { app().balances.ledger(claims, std::nullopt, 1); },
  };
  for (const auto& read : reads) BOOST_TEST(refused(read) == "");
  BOOST_TEST(tried == static_cast<int>(reads.size()));
  // And promises no more than what is written.
  const Instant end = backend().tokens.find(claims.id)->token.expires_at;
  BOOST_CHECK(app().refresh_token.run(claims).expires_at == end);
  BOOST_CHECK(app().issue_token.run(kMainQueue, user(1)).answer.expires_at == end);
}

// The extension is written, then the token ends, then the extension is noted.
BOOST_AUTO_TEST_CASE(the_note_of_an_extension_does_not_hide_that_the_token_has_ended_since) {
  set_end(100);
  auto found = backend().tokens.find(claims.id);
  BOOST_REQUIRE(app().guard.uses().keep_alive(found->token, found->now));
  const auto extended = backend().tokens.find(claims.id);
  Services(settings).app.leave_queue.run(claims);
  backend().queue_cache.note_active(extended->token, extended->now, false);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(no_use_extends_a_token_past_a_day_after_its_issue) {
  services->execute(
      "UPDATE token SET issued_at = NOW(3) - INTERVAL 86390 SECOND, expires_at = NOW(3) + INTERVAL "
      "5 SECOND");
  forget_cache();
  const Token token = backend().tokens.find(claims.id)->token;
  claims.issued_at = token.issued_at;
  BOOST_CHECK(app().refresh_token.run(claims).expires_at == token.issued_at + kLongestTokenLife_ms);
  BOOST_TEST(left_s() <= 10);
}

BOOST_AUTO_TEST_CASE(a_lapsed_token_is_refused_although_nothing_has_noted_it) {
  services->lapse(claims);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().catalogue.seats(claims, concert, date); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { services->charge(claims, 1); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { services->hold(claims, date, {1}); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().payments.pay(claims, PaymentId{1}); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { services->hold(claims, date, {1}); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { app().refresh_token.run(claims); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_state_is_cached_for_at_most_five_seconds) {
  BOOST_TEST(cached_for_s([&] { app().balances.show(claims); }) <= 5);
  settings.active_seconds = 3;
  compose();
  const auto use = [&] {
    set_end(3);
    app().balances.show(claims);
  };
  BOOST_TEST(cached_for_s(use) <= 3);
}

BOOST_AUTO_TEST_CASE(a_state_that_was_cached_ends_with_its_token) {
  const auto ended_at_once = [&] {
    const auto use = [&] {
      BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
    };
    BOOST_TEST(cached_for_s(use) <= 5);
  };
  app().balances.show(claims);
  app().leave_queue.run(claims);
  ended_at_once();
  claims = services->enter_with(user(1), 5000);
  app().balances.show(claims);
  app().payments.pay(claims, payment_of(services->hold(claims, date, {1})));
  ended_at_once();
}

BOOST_AUTO_TEST_CASE(a_state_read_before_the_end_does_not_hide_it_when_it_is_noted_late) {
  const auto before = backend().tokens.find(claims.id);
  app().leave_queue.run(claims);
  backend().queue_cache.note_active(before->token, before->now, true);
  BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_write_asks_the_database_whatever_memcached_says) {
  app().balances.show(claims);
  services->execute("UPDATE token SET expires_at = NOW(3)");
  app().balances.show(claims);  // by memcached it is still active
  BOOST_TEST(refused([&] { services->charge(claims, 1); }) == "TOKEN_EXPIRED");
  BOOST_TEST(refused([&] { services->hold(claims, date, {1}); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(every_use_works_without_memcached) {
  for (const std::string& servers : {std::string(), std::string("/nowhere/memcached.sock")}) {
    settings.memcached_servers = servers;
    compose();
    claims = services->enter_with(user(1), 5000);
    app().catalogue.dates(claims, concert, [](const BookableDates&) { return "x"; });
    app().catalogue.seats(claims, concert, date);
    app().refresh_token.run(claims);
    app().balances.show(claims);
    services->maintain.run();
    app().payments.pay(claims, payment_of(services->hold(claims, date, {servers.empty() ? 1 : 2})));
    BOOST_TEST(refused([&] { app().guard.require_active(claims); }) == "TOKEN_EXPIRED");
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
