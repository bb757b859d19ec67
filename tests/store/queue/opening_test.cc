#include "domain/opening.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "draw/draw.h"
#include "service/admin/queues.h"
#include "service/admin/set_opening.h"
#include "service/upkeep/maintain.h"
#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kBySales{"bob@web1", "queue open-at", ""};
constexpr std::int64_t kAnHour_ms = 3600 * 1000;

// A queue whose opening is some time away. Its times are moved into the past to let time pass.
struct BeforeOpening : OneDateOfFiftySeats {
  BeforeOpening() {
    settings.active_limit = 2;
    settings.admit_per_pass = 2;
    settings.admit_interval_seconds = 0;
    compose();
  }
  bool open_at(std::int64_t in_ms, std::optional<std::int64_t> until_ms = {}) {
    const Instant now = backend().db.asked_now();
    OpeningTimes times{now + in_ms, {}, {}};
    if (until_ms) times.register_until = now + *until_ms;
    return SetOpening(backend().db, backend().queue_cache, settings)
        .open_at(kMainQueue, times, kBySales);
  }
  void pass_by(std::int64_t ms) {
    move_times(ms);
    forget_cache();
  }
  // The same with what is in memcached.
  void move_times(std::int64_t ms) {
    services->execute(
        "UPDATE queue SET register_from = register_from - INTERVAL ? MICROSECOND, "
        "register_until = register_until - INTERVAL ? MICROSECOND, "
        "opens_at = opens_at - INTERVAL ? MICROSECOND, "
        "waits_until = waits_until - INTERVAL ? MICROSECOND",
        {ms * 1000, ms * 1000, ms * 1000, ms * 1000});
  }
  void pass() { services->maintain.run(); }
  // With the entries as old as the time that passed makes them; their texts are of no use any more.
  std::string breaches() {
    services->execute(
        "UPDATE token t JOIN queue q ON q.queue_id = t.queue_id "
        "SET t.issued_at = LEAST(t.issued_at, q.register_until - INTERVAL 1 SECOND) "
        "WHERE t.seq <= q.entries");
    return services->breaches();
  }
  TokenAnswer join(int number) { return app().issue_token.run(kMainQueue, user(number)).answer; }
  TokenAnswer refresh(const TokenAnswer& answer) {
    return app().refresh_token.run(app().token_text.read(answer.token));
  }
  Opening opening() { return backend().queues.read(kMainQueue).opening.value(); }
  // The entry that has each place, by the numbers that were published.
  std::vector<std::int64_t> drawn_entries() {
    const auto record = OpeningStore(backend().db).find(kMainQueue).value();
    const std::int64_t entries = opening().entries.value();
    const Draw draw({record.seed, record.public_value.value_or(""), entries});
    std::vector<std::int64_t> by_place;
    for (std::int64_t place = 1; place <= entries; ++place)
      by_place.push_back(draw.entry_at(place));
    return by_place;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opening_test, BeforeOpening)

BOOST_AUTO_TEST_CASE(before_registering_nobody_joins_and_users_are_told_when) {
  open_at(3 * kAnHour_ms);
  const std::string told = refused([&] { join(1); });
  BOOST_TEST(told == "NOT_YET_OPEN");
  pass_by(2 * kAnHour_ms + 1000);
  BOOST_TEST(join(1).entry.value() == 1);
}

BOOST_AUTO_TEST_CASE(a_user_who_registers_waits_without_a_position_and_keeps_the_entry) {
  open_at(kAnHour_ms / 2);
  const TokenAnswer first = join(1);
  BOOST_CHECK(first.state == TokenState::waiting);
  BOOST_CHECK(first.phase == QueuePhase::registering);
  BOOST_TEST(!first.position.has_value());
  BOOST_TEST(!first.place.has_value());
  BOOST_TEST(!first.estimated_wait_s.has_value());
  BOOST_TEST(first.entry.value() == 1);
  BOOST_CHECK(first.opens_at.value() == opening().opens_at);
  BOOST_TEST(join(2).entry.value() == 2);
  BOOST_TEST(join(1).entry.value() == 1);
  pass();
  const TokenAnswer again = refresh(first);
  BOOST_TEST(again.entry.value() == 1);
  BOOST_TEST(!again.position.has_value());
  BOOST_TEST(backend().queues.read(kMainQueue).active_count == 0);
}

BOOST_AUTO_TEST_CASE(a_poll_before_the_opening_asks_memcached_alone) {
  open_at(kAnHour_ms / 2);
  const TokenAnswer first = join(1);
  pass();
  refresh(first);
  const auto before = backend().db.round_trips();
  BOOST_TEST(refresh(first).entry.value() == 1);
  BOOST_TEST(backend().db.round_trips() == before);
}

BOOST_AUTO_TEST_CASE(a_user_who_leaves_and_registers_again_gets_a_new_entry) {
  open_at(kAnHour_ms / 2);
  const TokenAnswer first = join(1);
  join(2);
  app().leave_queue.run(app().token_text.read(first.token));
  BOOST_TEST(join(1).entry.value() == 3);
}

BOOST_AUTO_TEST_CASE(a_user_who_joins_after_registering_stands_behind_all_entries) {
  open_at(kAnHour_ms / 2, kAnHour_ms / 4);
  join(1);
  const TokenAnswer leaver = join(2);
  app().leave_queue.run(app().token_text.read(leaver.token));
  pass_by(kAnHour_ms / 4 + 1000);
  const TokenAnswer late = join(3);
  BOOST_CHECK(late.phase == QueuePhase::frozen);
  BOOST_TEST(opening().entries.value() == 2);
  BOOST_TEST(!late.entry.has_value());
  BOOST_TEST(late.place.value() == 3);
  BOOST_TEST(late.position.value() == 2);
  pass();
  BOOST_TEST(refresh(late).position.value() == 2);
  BOOST_TEST(!refresh(join(1)).position.has_value());
}

BOOST_AUTO_TEST_CASE(the_entries_are_admitted_in_the_order_of_the_draw) {
  open_at(kAnHour_ms / 2);
  std::vector<TokenAnswer> joined;
  for (int i = 1; i <= 9; ++i) joined.push_back(join(i));
  // Users 4 and 7 leave before the draw, and nobody counts them.
  for (const std::size_t leaver : {3U, 6U})
    app().leave_queue.run(app().token_text.read(joined[leaver].token));
  pass_by(kAnHour_ms / 2);
  pass();
  const auto order = drawn_entries();
  std::vector<std::int64_t> there;
  for (const std::int64_t entry : order)
    if (entry != 4 && entry != 7) there.push_back(entry);
  for (std::size_t i = 0; i < there.size(); ++i) {
    const TokenAnswer answer = refresh(joined[static_cast<std::size_t>(there[i] - 1)]);
    const auto place = std::find(order.begin(), order.end(), there[i]) - order.begin() + 1;
    const TokenClaims text = app().token_text.read(answer.token);
    BOOST_TEST(text.place.value() == place);
    BOOST_TEST(text.entry.value() == there[i]);
    if (i < 2) {
      BOOST_CHECK(answer.state == TokenState::active);
      BOOST_TEST(services->enter(text.user).place.value() == place);
      const TokenAnswer again = refresh(joined[static_cast<std::size_t>(there[i] - 1)]);
      BOOST_TEST(app().token_text.read(again.token).place.value() == place);  // from memcached
      continue;
    }
    BOOST_TEST(answer.position.value() == static_cast<std::int64_t>(i) - 1);
    BOOST_TEST(answer.place.value() == place);
    // POST /token tells the same.
    BOOST_TEST(join(static_cast<int>(there[i])).position.value() == answer.position.value());
  }
  const TokenAnswer late = join(20);
  BOOST_TEST(late.place.value() == 10);
  BOOST_TEST(late.position.value() == 6);
  for (int i = 0; i < 4; ++i) {
    services->execute("UPDATE token SET expires_at = NOW(3) WHERE state = 'ACTIVE'");
    pass();
  }
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE admitted_at IS NOT NULL") == 8);
  BOOST_TEST(breaches() == "");
}

BOOST_AUTO_TEST_CASE(positions_after_the_draw_are_exact_by_every_path_while_users_leave) {
  open_at(kAnHour_ms / 2, kAnHour_ms / 4);
  std::map<std::int64_t, TokenAnswer> by_seq;
  for (int i = 1; i <= 60; ++i) by_seq[i] = join(i);
  std::set<std::int64_t> gone;
  const auto leave = [&](std::int64_t seq) {
    app().leave_queue.run(app().token_text.read(by_seq.at(seq).token));
    gone.insert(seq);
  };
  for (const int seq : {3, 17, 18, 40}) leave(seq);
  pass_by(kAnHour_ms / 4);
  for (int i = 61; i <= 80; ++i) by_seq[i] = join(i);
  leave(70);
  pass_by(kAnHour_ms / 4);
  pass();
  auto order = drawn_entries();
  for (std::int64_t seq = 61; seq <= 80; ++seq) order.push_back(seq);
  const auto check_all = [&] {
    const std::int64_t admitted = backend().queues.read(kMainQueue).admitted_place;
    std::int64_t expected = 0;
    for (std::size_t place = 1; place <= order.size(); ++place) {
      const std::int64_t seq = order[place - 1];
      if (static_cast<std::int64_t>(place) <= admitted || gone.contains(seq)) continue;
      ++expected;
      const auto& text = by_seq.at(seq);
      const auto id = app().token_text.read(text.token).id;
      BOOST_TEST(refresh(text).position.value() == expected);
      Positions positions(backend().db, backend().queue_cache, settings);
      const auto found = positions.by_database(backend().tokens.find(id)->token);
      BOOST_TEST(found.position == expected);
      BOOST_TEST(found.place.value() == static_cast<std::int64_t>(place));
    }
    BOOST_TEST(expected == backend().queues.read(kMainQueue).waiting_count);
  };
  check_all();
  for (const int seq : {5, 33, 61, 80}) {
    const auto id = app().token_text.read(by_seq.at(seq).token).id;
    if (backend().tokens.find(id)->token.state == TokenState::waiting) leave(seq);
  }
  pass();
  check_all();
  forget_cache();
  check_all();
  BOOST_TEST(breaches() == "");
}

BOOST_AUTO_TEST_CASE(positions_after_the_draw_owe_nothing_to_what_was_cached_before) {
  open_at(kAnHour_ms / 2);
  std::map<std::int64_t, TokenAnswer> by_entry;
  for (int i = 1; i <= 60; ++i) by_entry[i] = join(i);
  pass();
  const std::set<std::int64_t> gone{3, 17, 18, 40};
  for (const std::int64_t entry : gone)
    app().leave_queue.run(app().token_text.read(by_entry.at(entry).token));
  pass();
  services->execute("UPDATE queue SET paused = 1");
  move_times(kAnHour_ms / 2);
  pass();
  std::int64_t expected = 0;
  for (const std::int64_t entry : drawn_entries()) {
    if (gone.contains(entry)) continue;
    BOOST_TEST(refresh(by_entry.at(entry)).position.value() == ++expected);
  }
}

BOOST_AUTO_TEST_CASE(vacancies_move_to_the_blocks_of_the_drawn_places) {
  open_at(kAnHour_ms / 2);
  constexpr int kEntries = kBlockSize + 30;
  std::map<std::int64_t, TokenAnswer> by_entry;
  for (int i = 1; i <= kEntries; ++i) by_entry[i] = join(i);
  std::set<std::int64_t> gone;
  for (std::int64_t entry = kBlockSize; entry <= kEntries; ++entry) {
    app().leave_queue.run(app().token_text.read(by_entry.at(entry).token));
    gone.insert(entry);
  }
  services->execute("UPDATE queue SET paused = 1");
  pass_by(kAnHour_ms / 2);
  pass();
  const auto order = drawn_entries();
  std::int64_t in_first_block = 0;
  for (std::int64_t place = 1; place < kBlockSize; ++place)
    in_first_block +=
        static_cast<std::int64_t>(gone.count(order[static_cast<std::size_t>(place - 1)]));
  const std::int64_t counted = services->number(
      "SELECT left_count FROM queue_gap WHERE queue_id = 1 AND level = 1 AND block = 0");
  // Vacancies at the head are passed over, and still counted.
  BOOST_TEST(counted == in_first_block);
  BOOST_TEST(breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_draw_that_the_database_lost_is_made_again_and_the_old_one_forgotten) {
  open_at(kAnHour_ms / 2);
  std::map<std::int64_t, TokenAnswer> by_entry;
  for (int i = 1; i <= 12; ++i) by_entry[i] = join(i);
  services->execute("UPDATE queue SET paused = 1");
  pass_by(kAnHour_ms / 2);
  const auto check_all = [&] {
    pass();
    std::int64_t place = 0;
    for (const std::int64_t entry : drawn_entries())
      BOOST_TEST(refresh(by_entry.at(entry)).place.value() == ++place);
  };
  check_all();
  services->execute("UPDATE queue SET drawn_at = NULL");
  services->execute("UPDATE opening SET public_value = 'another'");
  forget_cache();
  check_all();
}

BOOST_AUTO_TEST_CASE(a_registration_that_was_cleared_stays_ended_until_the_draw) {
  open_at(kAnHour_ms / 2);
  const TokenAnswer first = join(1);
  pass();
  ClearQueue clear(backend().db, backend().queue_cache, settings);
  clear.complete(clear.begin(kMainQueue, {"bob@web1", "queue clear", "because"}),
                 [](std::int64_t) {});
  BOOST_TEST(refused([&] { refresh(first); }) == "TOKEN_EXPIRED");
  // Longer than the note of an active token is kept. The published state knows no such entry.
  std::this_thread::sleep_for(std::chrono::seconds(6));
  pass();
  BOOST_TEST(refused([&] { refresh(first); }) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(no_wait_lapses_before_the_draw_however_late_it_is) {
  open_at(kAnHour_ms / 2);
  join(1);
  services->execute("UPDATE token SET expires_at = NOW(3)");
  BOOST_TEST(backend().queues.counts(kMainQueue).waiting == 1);
  services->execute("UPDATE queue SET waits_until = NOW(3)");
  ExpireTokens expire_tokens(backend().db, backend().queue_cache, settings);
  BOOST_TEST(expire_tokens.lapsed_waiting(kMainQueue) == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_is_locked_without_its_queue) {
  open_at(kAnHour_ms / 2);
  const TokenId id = app().token_text.read(join(1).token).id;
  Services other(settings);
  const auto may_lock_queue = [&] {
    return other.number("SELECT COUNT(*) FROM queue WHERE queue_id = 1 FOR UPDATE SKIP LOCKED") ==
           1;
  };
  run_transaction(backend().db, [&] {
    BOOST_TEST(backend().tokens.lock(id).has_value());
    BOOST_TEST(may_lock_queue());
    backend().queues.lock(kMainQueue);
    BOOST_TEST(!may_lock_queue());
  });
}

BOOST_AUTO_TEST_CASE(the_draw_changes_no_row_of_a_waiting_token) {
  open_at(kAnHour_ms / 2);
  for (int i = 1; i <= 20; ++i) join(i);
  services->execute("UPDATE queue SET paused = 1");
  pass_by(kAnHour_ms / 2);
  std::vector<std::string> changed;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("UPDATE token") != std::string_view::npos) changed.emplace_back(sql);
  });
  pass();
  backend().db.observe({});
  BOOST_TEST(changed.empty());
  BOOST_CHECK(opening().is_drawn());
  BOOST_TEST(backend().queues.read(kMainQueue).active_count == 0);  // it is paused
}

BOOST_AUTO_TEST_CASE(a_wait_counts_from_the_opening_however_early_it_began) {
  open_at(kAnHour_ms / 2);
  const TokenAnswer first = join(1);
  join(2);
  const std::int64_t longest_ms = TokenLife(settings.active_seconds).longest_wait_ms();
  BOOST_TEST((first.expires_at - opening().opens_at) ==
             std::min(settings.waiting_seconds * 1000, longest_ms));
  services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 3 DAY, expires_at = NOW(3)");
  BOOST_TEST(open_at(kAnHour_ms));
  pass_by(kAnHour_ms);
  pass();
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'") == 2);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE expires_at > NOW(3) + INTERVAL 5 "
                              "MINUTE") == 2);
}

BOOST_AUTO_TEST_CASE(an_opening_that_moves_keeps_seed_entries_and_their_number) {
  open_at(kAnHour_ms / 2, kAnHour_ms / 4);
  join(1);
  const auto seed = OpeningStore(backend().db).find(kMainQueue)->seed;
  BOOST_TEST(open_at(kAnHour_ms, kAnHour_ms / 3));
  BOOST_TEST(join(2).entry.value() == 2);
  pass_by(kAnHour_ms / 2);
  BOOST_TEST(!join(3).entry.has_value());
  BOOST_TEST(open_at(2 * kAnHour_ms));
  BOOST_TEST(!join(4).entry.has_value());
  BOOST_TEST(opening().entries.value() == 2);
  BOOST_CHECK(OpeningStore(backend().db).find(kMainQueue)->seed == seed);
  BOOST_CHECK_THROW(open_at(kAnHour_ms, kAnHour_ms / 2), ChangeRefused);
}

BOOST_AUTO_TEST_CASE(an_opening_is_refused_where_users_are_inside_and_once_it_is_over) {
  const TokenAnswer inside = join(1);
  BOOST_CHECK_THROW(open_at(kAnHour_ms), ChangeRefused);
  app().leave_queue.run(app().token_text.read(inside.token));
  BOOST_CHECK_THROW(open_at(-kAnHour_ms), ChangeRefused);
  BOOST_TEST(open_at(kAnHour_ms));
  pass_by(kAnHour_ms + 1);
  BOOST_CHECK_THROW(open_at(kAnHour_ms), ChangeRefused);
  pass();
  BOOST_CHECK_THROW(open_at(kAnHour_ms), ChangeRefused);
}

BOOST_AUTO_TEST_CASE(an_opening_is_refused_where_users_ever_waited) {
  settings.active_limit = 1;
  compose();
  std::vector<TokenAnswer> all{join(1), join(2)};
  for (const TokenAnswer& answer : all) app().leave_queue.run(app().token_text.read(answer.token));
  BOOST_CHECK_THROW(open_at(kAnHour_ms), ChangeRefused);
}

BOOST_AUTO_TEST_CASE(an_opening_that_moves_changes_no_row_of_a_waiting_token) {
  open_at(kAnHour_ms / 2);
  const TokenAnswer first = join(1);
  int writes = 0;
  backend().db.observe([&](std::string_view sql, const std::vector<Value>&) {
    if (sql.find("UPDATE token") != std::string_view::npos) ++writes;
  });
  BOOST_TEST(open_at(kAnHour_ms));
  backend().db.observe({});
  BOOST_TEST(writes == 0);
  pass();
  BOOST_TEST((refresh(first).expires_at - first.expires_at) > kAnHour_ms / 2 - 5000);
  BOOST_TEST((join(1).expires_at - first.expires_at) > kAnHour_ms / 2 - 5000);
}

BOOST_AUTO_TEST_CASE(a_public_value_is_taken_once_between_the_fixed_number_and_the_opening) {
  open_at(kAnHour_ms / 2, kAnHour_ms / 4);
  join(1);
  SetOpening set_opening(backend().db, backend().queue_cache, settings);
  BOOST_CHECK_THROW(set_opening.public_value(kMainQueue, "7 11 23", kBySales), ChangeRefused);
  pass_by(kAnHour_ms / 4 + 1);
  set_opening.public_value(kMainQueue, "7 11 23", kBySales);
  BOOST_CHECK_THROW(set_opening.public_value(kMainQueue, "8", kBySales), ChangeRefused);
  BOOST_TEST(OpeningStore(backend().db).find(kMainQueue)->public_value.value() == "7 11 23");
  BOOST_TEST(opening().entries.value() == 1);
}

BOOST_AUTO_TEST_CASE(passes_of_many_hosts_open_once_in_one_order) {
  open_at(kAnHour_ms / 2);
  for (int i = 1; i <= 30; ++i) join(i);
  pass_by(kAnHour_ms / 2);
  race(settings, 6, [&](Services& mine, int) {
    mine.maintain.run();
    return 0;
  });
  const auto order = drawn_entries();
  const std::set<std::int64_t> first(order.begin(), order.begin() + 2);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'") == 2);
  for (const std::int64_t entry : first)
    BOOST_TEST(services->text("SELECT state FROM token WHERE seq = ?", {entry}) == "ACTIVE");
  BOOST_TEST(breaches() == "");
}

BOOST_AUTO_TEST_CASE(joins_beside_the_end_of_registering_are_entries_or_stand_behind) {
  open_at(kAnHour_ms / 2);
  services->execute("UPDATE queue SET register_until = NOW(3) + INTERVAL 300000 MICROSECOND");
  const auto results = race(settings, 40, [&](Services& mine, int i) {
    ::usleep(static_cast<useconds_t>(i) * 15'000);
    const TokenAnswer answer = mine.app.issue_token.run(kMainQueue, user(i + 1)).answer;
    return static_cast<int>(answer.entry ? *answer.entry : -answer.place.value());
  });
  pass();
  const std::int64_t entries = opening().entries.value();
  std::set<std::int64_t> numbers;
  for (const int result : results) {
    if (result > 0) BOOST_TEST(result <= entries);
    if (result < 0) BOOST_TEST(-result > entries);
    numbers.insert(std::abs(result));
  }
  BOOST_TEST(numbers.size() == 40U);
  BOOST_TEST(*numbers.rbegin() == 40);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
