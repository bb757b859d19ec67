#include "service/queue/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <vector>

#include "service/queue/admit_waiting.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

// A small queue and a model of it, against which every position is held.
struct ModelledQueue : OneDateOfFiftySeats {
  ModelledQueue() { settings.active_limit = 4; }

  struct Member {
    UserId id;
    TokenClaims claims;
    bool lapsed = false;
  };

  std::size_t any(std::size_t count) { return random() % count; }

  void join() {
    const UserId id = user(++last_user);
    const bool at_once = waiting.empty() && inside() < settings.active_limit;
    const TokenClaims claims = services->enter(id);
    BOOST_REQUIRE((claims.state == TokenState::active) == at_once);
    if (at_once) {
      forget_lapsed(active);
      active.push_back({id, claims});
    } else {
      waiting.push_back({id, claims});
      BOOST_TEST(claims.position.value() == static_cast<std::int64_t>(waiting.size()));
    }
  }
  // How many users are active; a lapsed token makes room for a join while nobody waits.
  std::int64_t inside() const {
    return std::count_if(active.begin(), active.end(), [](const Member& m) { return !m.lapsed; });
  }
  static void forget_lapsed(std::vector<Member>& members) {
    members.erase(
        std::remove_if(members.begin(), members.end(), [](const Member& m) { return m.lapsed; }),
        members.end());
  }
  void leave(std::vector<Member>& members) {
    if (members.empty()) return;
    const std::size_t at = any(members.size());
    app().leave_queue.run(members[at].claims);
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void lapse(std::vector<Member>& members) {
    if (members.empty()) return;
    Member& member = members[any(members.size())];
    services->lapse(member.claims);
    member.lapsed = true;
  }
  void pass() {
    services->maintain.run();
    forget_lapsed(active);
    forget_lapsed(waiting);
    while (!waiting.empty() && static_cast<std::int64_t>(active.size()) < settings.active_limit) {
      active.push_back(waiting.front());
      waiting.erase(waiting.begin());
    }
  }
  std::int64_t by_database(const Member& member) {
    const auto found = backend().tokens.find(member.claims.id);
    BOOST_REQUIRE(found->token.state == TokenState::waiting);
    return positions.by_database(found->token).position;
  }
  void check_positions(bool just_published) {
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      Member& member = waiting[i];
      if (member.lapsed) continue;
      const auto exact = static_cast<std::int64_t>(i) + 1;
      BOOST_TEST(by_database(member) == exact);
      const std::int64_t told = member.claims.position.value();
      const auto asked = backend().db.round_trips();
      member.claims = services->poll(member.claims);
      BOOST_TEST(member.claims.position.value() <= told);
      BOOST_TEST(member.claims.position.value() >= exact);
      if (!just_published) continue;
      BOOST_TEST(backend().db.round_trips() == asked);
      BOOST_TEST(member.claims.position.value() == exact);
    }
    for (const Member& member : active) {
      if (!member.lapsed) BOOST_CHECK(services->poll(member.claims).state == TokenState::active);
    }
  }

  std::mt19937 random{20261120};  // NOLINT: the same sequence in every run
  Positions positions{backend().db, backend().queue_cache, settings};
  std::vector<Member> waiting;
  std::vector<Member> active;
  int last_user = 0;
};

// A queue of 3000 users about the border between two superblocks.
struct LongQueue : OneDateOfFiftySeats {
  static constexpr std::int64_t kAdmitted = 1'047'000;
  static constexpr std::int64_t kLast = 1'050'000;

  LongQueue() {
    settings.active_limit = 1;
    settings.admit_per_pass = 700;
    services->execute(
        "INSERT INTO user (user_id, created_at) SELECT UNHEX(LPAD(HEX(seq), 32, '0')), NOW(3) "
        "FROM " +
        numbers(kAdmitted + 1, kLast));
    services->execute(
        "INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, expires_at) "
        "SELECT 1, UNHEX(LPAD(HEX(seq), 32, '0')), seq, 'WAITING', seq - 1047000, NOW(3), NOW(3) + "
        "INTERVAL 1 DAY FROM " +
        numbers(kAdmitted + 1, kLast));
    services->execute(
        "UPDATE queue SET last_seq = ?, admitted_seq = ?, waiting_count = ?, active_count = 0, "
        "paused = 1",
        {kLast, kAdmitted, kLast - kAdmitted});
  }
  TokenClaims at_place(std::int64_t seq) {
    auto rows =
        backend().db.query("SELECT token_id, user_id, issued_at FROM token WHERE seq = ?", {seq});
    BOOST_REQUIRE(rows.next());
    TokenClaims claims;
    claims.id = TokenId{rows.number(1)};
    claims.user = rows.user(2);
    claims.place = seq;
    claims.issued_at = rows.instant(3);
    claims.waits_until = claims.issued_at + 3'600'000;
    return claims;
  }
  std::int64_t counted(std::int64_t seq) {
    return services->number("SELECT COUNT(*) + 1 FROM token WHERE state = 'WAITING' AND seq < ?",
                            {seq});
  }
  bool waits(std::int64_t seq) {
    return services->number("SELECT COUNT(*) FROM token WHERE state = 'WAITING' AND seq = ?",
                            {seq}) == 1;
  }
  std::size_t any(std::size_t count) { return random() % count; }
  std::int64_t any_place() {
    return kAdmitted + 1 + static_cast<std::int64_t>(random() % (kLast - kAdmitted));
  }

  // Polls places all over the queue, the edges of its blocks among them; every position must be
  // the counted one. Returns how many polls asked the database.
  int polls_that_asked() {
    std::vector<std::int64_t> places{kAdmitted + 1, kLast,     1'048'575, 1'048'576, 1'048'577,
                                     1'049'599,     1'049'600, 1'047'551, 1'047'552};
    for (int i = 0; i < 40; ++i) places.push_back(any_place());
    int asked = 0;
    for (const std::int64_t place : places) {
      if (!waits(place)) continue;
      const TokenClaims claims = at_place(place);
      const auto before = backend().db.round_trips();
      const auto position = app().refresh_token.run(claims).position.value();
      if (backend().db.round_trips() != before) ++asked;
      BOOST_TEST(position == counted(place), "place " << place);
      const auto found = backend().tokens.find(claims.id);
      BOOST_TEST(positions.by_database(found->token).position == counted(place));
    }
    return asked;
  }
  // The same of what a pass has just published. It is believed for 5 s: on a machine that takes
  // longer for the polls, another pass publishes it, and they are made again.
  int polls_that_asked_in_time() {
    for (;;) {
      services->maintain.run();
      const std::int64_t begun_ms = steady_ms();
      const int asked = polls_that_asked();
      if (asked == 0 || steady_ms() - begun_ms < 4000) return asked;
    }
  }
  void let_some_go(int leaving, int lapsing) {
    for (int i = 0; i < leaving; ++i) app().leave_queue.run(at_place(any_place()));
    for (int i = 0; i < lapsing; ++i) {
      services->execute("UPDATE token SET expires_at = NOW(3) WHERE seq = ? AND state = 'WAITING'",
                        {any_place()});
    }
    expire_tokens.lapsed_waiting(kMainQueue);
  }

  std::mt19937 random{7};  // NOLINT: the same sequence in every run
  Positions positions{backend().db, backend().queue_cache, settings};
  ExpireTokens expire_tokens{backend().db, backend().queue_cache, settings};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(positions_test)

BOOST_FIXTURE_TEST_CASE(positions_are_exact_and_never_grow_whatever_happens_to_the_queue,
                        ModelledQueue) {
  for (int round = 0; round < 160; ++round) {
    const std::size_t dice = any(100);
    bool just_published = false;
    if (dice < 45) {
      join();
    } else if (dice < 57) {
      leave(waiting);
    } else if (dice < 63) {
      leave(active);
    } else if (dice < 70) {
      lapse(waiting);
    } else if (dice < 74) {
      lapse(active);
    } else if (dice < 78) {
      forget_cache();
    } else {
      pass();
      just_published = true;
      BOOST_TEST(services->breaches() == "");
    }
    // The test made tokens lapse without memcached's knowledge: let that be noted first.
    check_positions(just_published);
  }
  BOOST_TEST(last_user > 40);
}

BOOST_FIXTURE_TEST_CASE(positions_in_a_long_queue_are_exact_by_both_paths_after_many_users_left,
                        LongQueue) {
  BOOST_TEST(polls_that_asked_in_time() == 0);
  let_some_go(60, 40);
  BOOST_TEST(polls_that_asked_in_time() == 0);
  BOOST_TEST(services->breaches() == "");
}

// The formula of the domain, the statements and what is published, of one queue with random
// vacancies at the same moment.
BOOST_FIXTURE_TEST_CASE(the_formula_the_database_and_the_published_state_tell_the_same_position,
                        LongQueue) {
  services->maintain.run();
  let_some_go(80, 40);
  services->maintain.run();
  const QueueRow row = backend().queues.read(kMainQueue);
  const auto vacancies =
      backend().vacancies.among(kMainQueue, {}, {row.admitted_place + 1, row.last_place});
  BOOST_TEST(static_cast<std::int64_t>(vacancies.size()) == row.vacancies());
  int compared = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t place = any_place();
    if (!waits(place)) continue;
    const auto before =
        std::lower_bound(vacancies.begin(), vacancies.end(), place) - vacancies.begin();
    const std::int64_t position = position_of(place, row.admitted_place, before);
    const TokenClaims claims = at_place(place);
    const CachedPoll cached = backend().queue_cache.poll({kMainQueue, claims.issue(), place});
    BOOST_TEST(position == counted(place), "place " << place);
    BOOST_TEST(positions.by_database(backend().tokens.find(claims.id)->token).position == position,
               "place " << place);
    // The entry of a block without any poll since it changed is not there: the poll mends it.
    if (!cached.queue.position(place)) app().refresh_token.run(claims);
    const CachedPoll mended = backend().queue_cache.poll({kMainQueue, claims.issue(), place});
    BOOST_TEST(mended.queue.position(place).value_or(-1) == position, "place " << place);
    ++compared;
  }
  BOOST_TEST(compared > 50);
  // At a join the column queue.waiting_count is the formula's value at the next place.
  const std::int64_t next = row.last_place + 1;
  const TokenClaims joined = services->enter(user(1));
  BOOST_TEST(joined.place.value() == next);
  BOOST_TEST(joined.position.value() == position_of(next, row.admitted_place, row.vacancies()));
}

BOOST_FIXTURE_TEST_CASE(positions_are_exact_while_users_are_admitted, LongQueue) {
  services->maintain.run();
  let_some_go(60, 40);
  services->execute("UPDATE queue SET paused = 0");
  settings.active_limit = 100'000;
  for (int pass = 0; pass < 4; ++pass) {
    BOOST_TEST(polls_that_asked_in_time() == 0);
    let_some_go(10, 5);
    services->maintain.run();
    BOOST_TEST(services->breaches() == "");
  }
}

BOOST_FIXTURE_TEST_CASE(positions_are_cached_again_after_memcached_lost_everything, LongQueue) {
  let_some_go(60, 40);
  services->maintain.run();
  forget_cache();
  BOOST_TEST(polls_that_asked() > 0);
  services->maintain.run();
  polls_that_asked();
  BOOST_TEST(polls_that_asked_in_time() == 0);
}

// As after a takeover by a replica that had not received it yet.
BOOST_FIXTURE_TEST_CASE(a_vacancy_that_the_database_lost_does_not_count_in_other_blocks,
                        LongQueue) {
  constexpr std::int64_t kLost = 1'049'000;  // a block before the others, in their superblock
  constexpr std::int64_t kNext = 1'049'900;
  constexpr std::int64_t kBetween = 1'049'700;
  services->maintain.run();
  app().leave_queue.run(at_place(kLost));
  services->maintain.run();
  services->execute("UPDATE token SET state = 'WAITING', ended_at = NULL WHERE seq = ?", {kLost});
  services->execute("UPDATE queue SET waiting_count = waiting_count + 1");
  services->execute("DELETE FROM queue_gap");
  app().leave_queue.run(at_place(kNext));
  services->maintain.run();
  BOOST_TEST(app().refresh_token.run(at_place(kBetween)).position.value() == counted(kBetween));
}

// As while memcached keeps no entry of a superblock: another process has the turn to read them.
BOOST_FIXTURE_TEST_CASE(polls_that_miss_the_counts_of_the_blocks_do_not_each_read_them, LongQueue) {
  services->maintain.run();
  let_some_go(60, 40);
  services->maintain.run();
  const auto lineage = backend().queue_cache.published(kMainQueue).state->lineage;
  int reads = 0;
  backend().db.observe([&](std::string_view sql, const auto&) {
    if (sql.find("SELECT block, left_count") != std::string_view::npos) ++reads;
  });
  const auto poll_all = [&] {
    for (const std::int64_t superblock : {0, 1})
      backend().cache.remove(fmt::format("vacant2:{}:{}", lineage, superblock));
    return polls_that_asked();
  };
  for (const char* turn : {"turn:vacant2:1:0", "turn:vacant2:1:1"})
    backend().cache.set(turn, "", 60);
  BOOST_TEST(poll_all() > 0);
  BOOST_TEST(reads == 0);
  for (const char* turn : {"turn:vacant2:1:0", "turn:vacant2:1:1"}) backend().cache.remove(turn);
  BOOST_TEST(poll_all() > 0);
  BOOST_TEST(reads == 2);
  BOOST_TEST(polls_that_asked_in_time() == 0);
  backend().db.observe({});
}

// Such entries were written before the database's clock was set back.
BOOST_FIXTURE_TEST_CASE(counts_of_the_future_are_written_over, LongQueue) {
  constexpr std::int64_t kHour_ms = 3'600'000;
  services->maintain.run();
  const QueueState state = *backend().queue_cache.published(kMainQueue).state;
  for (const std::int64_t superblock : {0, 1}) {
    backend().queue_cache.keep_superblock(
        state, superblock, SuperblockCounts(backend().db.now() + kHour_ms, superblock));
  }
  let_some_go(60, 40);
  services->maintain.run();
  polls_that_asked();
  BOOST_TEST(polls_that_asked_in_time() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_position_never_grows_whichever_text_or_call_or_worker_asks, LongQueue) {
  services->execute("UPDATE queue SET paused = 0");
  settings.admit_per_pass = 5;
  settings.active_limit = 100'000;
  Services elsewhere(settings);
  std::map<std::int64_t, std::vector<TokenClaims>> texts;
  std::map<std::int64_t, std::int64_t> least;
  const std::vector<std::int64_t> places{kAdmitted + 900, 1'048'580, 1'049'000, kLast - 5, kLast};
  for (const std::int64_t place : places) texts[place].push_back(at_place(place));
  int asked = 0;
  const auto ask = [&](Services& host, std::int64_t place) {
    auto& known = texts[place];
    const TokenClaims text = known[any(known.size())];
    const TokenAnswer answer = any(2) == 0 ? host.app.refresh_token.run(text)
                                           : host.app.issue_token.run(kMainQueue, text.user).answer;
    BOOST_REQUIRE(answer.state == TokenState::waiting);
    const std::int64_t position = answer.position.value();
    if (least.contains(place))
      BOOST_TEST(position <= least[place], "place " << place << " after " << asked);
    BOOST_TEST(position >= counted(place));
    least[place] = position;
    known.push_back(host.app.token_text.read(answer.token));
    ++asked;
  };
  const auto happen = [&](Services& host) {
    const std::int64_t place = any_place();
    const bool is_ours = std::find(places.begin(), places.end(), place) != places.end();
    switch (any(8)) {
      case 0: host.maintain.run(); break;
      case 1:
        AdmitWaiting(host.app.backend.db, host.app.backend.queue_cache, settings).run(kMainQueue);
        break;  // and nobody publishes
      case 2: forget_cache(); break;
      case 3: host.app.backend.cache.remove("turn:queue5:1"); break;
      default:
        if (!is_ours && waits(place)) host.app.leave_queue.run(at_place(place));
    }
  };
  for (int round = 0; round < 150; ++round) {
    happen(any(2) == 0 ? *services : elsewhere);
    for (int i = 0; i < 3; ++i)
      ask(any(2) == 0 ? *services : elsewhere, places[any(places.size())]);
  }
  BOOST_TEST(asked == 450);
}

BOOST_FIXTURE_TEST_CASE(a_position_costs_the_same_at_the_head_and_at_the_end_of_a_long_queue,
                        LongQueue) {
  let_some_go(60, 0);
  const auto rows_read = [&] {
    auto rows = backend().db.query(
        "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_key', "
        "'Handler_read_rnd_next')");
    std::int64_t sum = 0;
    while (rows.next()) sum += std::stoll(rows.text(2));
    return sum;
  };
  const auto cost_of = [&](std::int64_t after, std::int64_t before) {
    rows_read();
    const auto begun = rows_read();
    const auto own = rows_read() - begun;
    const auto start = rows_read();
    backend().vacancies.between(kMainQueue, {}, after, before);
    return rows_read() - start - own;
  };
  BOOST_TEST(cost_of(kAdmitted, kLast) < 2200);  // at most two blocks of places and few sums
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
