#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <random>
#include <thread>

#include "domain/check.h"
#include "store/session/transaction.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct SmallLimit : OneDateOfFiftySeats {
  SmallLimit() { settings.active_limit = 7; }

  std::int64_t active() {
    return services->number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'");
  }
  void let_wait(int count) {
    backend().queues.set_paused(kMainQueue, true);
    for (int i = 1; i <= count; ++i) services->enter(user(i));
    backend().queues.set_paused(kMainQueue, false);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(queue_races_test, SmallLimit)

BOOST_AUTO_TEST_CASE(parallel_joins_never_exceed_the_active_limit) {
  const auto results = race(settings, 60, [&](Services& mine, int i) {
    return mine.enter(user(i + 1)).state == TokenState::active ? 1 : 0;
  });
  BOOST_TEST(count_of(results, 1) == 7);
  BOOST_TEST(count_of(results, 0) == 53);
  BOOST_TEST(active() == 7);
  BOOST_TEST(services->number("SELECT MAX(seq) FROM token") == 53);
  BOOST_TEST(services->number(
                 "SELECT COUNT(DISTINCT joined_position) FROM token WHERE state = 'WAITING'") ==
             53);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_look_before_a_plain_update_parallel_joins_exceed_the_limit) {
  BOOST_TEST(happens_within(50, [&] {
    services->execute("UPDATE queue SET active_count = 0");
    const auto results = race(settings, 20, [&](Services& mine, int) {
      if (mine.number("SELECT active_count FROM queue") >= settings.active_limit) return 0;
      mine.execute("UPDATE queue SET active_count = active_count + 1");
      return 1;
    });
    return count_of(results, 1) > settings.active_limit;
  }));
}

BOOST_AUTO_TEST_CASE(parallel_joins_of_one_user_make_one_token) {
  for (int round = 1; round <= 5; ++round) {
    const auto results = race(settings, 20, [&](Services& mine, int) {
      return static_cast<int>(mine.enter(user(round)).id.value);
    });
    BOOST_TEST(results.front() > 0);
    BOOST_TEST(count_of(results, results.front()) == 20);
  }
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token") == 5);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(crons_at_once_admit_in_order_and_never_above_the_limit) {
  settings.active_limit = 40;
  settings.admit_per_pass = 13;
  let_wait(120);
  const auto results = race(settings, 4, [&](Services& mine, int) {
    int admitted = 0;
    for (int pass = 0; pass < 8; ++pass) admitted += static_cast<int>(mine.maintain.run().admitted);
    return admitted;
  });
  BOOST_TEST(results[0] + results[1] + results[2] + results[3] == 40);
  BOOST_TEST(active() == 40);
  BOOST_TEST(services->number("SELECT MAX(seq) FROM token WHERE state = 'ACTIVE'") == 40);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(without_the_lock_on_the_queue_passes_at_once_exceed_the_limit) {
  let_wait(200);
  BOOST_TEST(happens_within(20, [&] {
    services->execute("UPDATE token SET state = 'WAITING', admitted_at = NULL");
    services->execute("UPDATE queue SET active_count = 0, waiting_count = 200, admitted_seq = 0");
    race(settings, 4, [&](Services& mine, int) {
      Stores& backend = mine.stores;
      return status_of([&] {
        run_transaction(backend.db, [&] {
          const QueueRow row = backend.queues.read(kMainQueue);
          const auto room = settings.active_limit - row.active_count;
          if (room <= 0) return;
          const Range places{row.admitted_place + 1, row.last_place};
          const auto admitted = backend.waits.admit({kMainQueue, {}, {}, {}}, places, room);
          const auto first = backend.waits.first({kMainQueue, {}, {}, {}}, places);
          backend.queues.note_pass(kMainQueue, static_cast<std::int64_t>(admitted),
                                   first ? first->place - 1 : 0, settings.active_limit);
        });
      });
    });
    return active() > settings.active_limit;
  }));
}

BOOST_AUTO_TEST_CASE(passes_at_once_admit_no_faster_than_one) {
  settings.active_limit = 100;
  settings.admit_per_pass = 13;
  settings.admit_interval_seconds = 86'400;
  let_wait(60);
  for (int round = 1; round <= 3; ++round) {
    const auto results = race(settings, 4, [&](Services& mine, int) {
      return static_cast<int>(mine.maintain.run().admitted);
    });
    BOOST_TEST(results[0] + results[1] + results[2] + results[3] == 13);
    BOOST_TEST(active() == 13 * round);
    services->execute(
        "UPDATE queue SET admission_credit_at = admission_credit_at - INTERVAL 1 DAY");
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(with_a_credit_of_each_hosts_own_passes_at_once_admit_faster_than_one) {
  settings.active_limit = 100;
  settings.admit_per_pass = 13;
  let_wait(60);
  // Each pass of an interval of 0 has a whole credit to itself.
  const auto results = race(settings, 4, [&](Services& mine, int) {
    return static_cast<int>(mine.maintain.run().admitted);
  });
  BOOST_TEST(results[0] + results[1] + results[2] + results[3] > 13);
}

BOOST_AUTO_TEST_CASE(without_the_lock_on_the_queue_passes_at_once_spend_one_credit_twice) {
  settings.active_limit = 200;
  let_wait(200);
  const AdmissionRate rate{13, 86'400};
  BOOST_TEST(happens_within(20, [&] {
    services->execute("UPDATE token SET state = 'WAITING', admitted_at = NULL");
    services->execute(
        "UPDATE queue SET active_count = 0, waiting_count = 200, admitted_seq = 0, "
        "admission_credit = 0, admission_credit_at = NOW(3) - INTERVAL 1 DAY");
    race(settings, 4, [&](Services& mine, int) {
      Stores& backend = mine.stores;
      return status_of([&] {
        run_transaction(backend.db, [&] {
          const QueueRow row = backend.queues.read(kMainQueue);
          const AdmissionCredit credit = accrued(row.credit, rate, row.now);
          const Range places{row.admitted_place + 1, row.last_place};
          const auto admitted = static_cast<std::int64_t>(
              backend.waits.admit({kMainQueue, {}, {}, {}}, places, whole_users(credit, rate)));
          const auto first = backend.waits.first({kMainQueue, {}, {}, {}}, places);
          backend.queues.note_pass(kMainQueue, admitted, first ? first->place - 1 : 0,
                                   settings.active_limit);
          backend.queues.note_credit(kMainQueue, spent(credit, rate, admitted));
        });
      });
    });
    return active() > rate.per_interval;
  }));
}

BOOST_AUTO_TEST_CASE(the_time_of_a_locked_queue_is_when_its_lock_was_granted) {
  SharedNumbers given_back(1);
  SharedNumbers had(1);
  Barrier is_locked(2);
  const auto results = race(settings, 2, [&](Services& mine, int who) {
    Stores& backend = mine.stores;
    if (who == 1) {
      is_locked.arrive_and_wait();
      const Transaction waiting(backend.db);
      had[0] = backend.queues.lock(kMainQueue).now.ms;
      return 0;
    }
    Transaction holding(backend.db);
    backend.queues.lock(kMainQueue);
    is_locked.arrive_and_wait();
    while (mine.number("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = "
                       "'LOCK WAIT'") == 0)
      // The server refreshes this table only where nobody has read it for 100 ms.
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    given_back[0] = mine.number("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
    holding.commit();
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == 2);
  BOOST_TEST(had[0] >= given_back[0]);
}

BOOST_AUTO_TEST_CASE(crons_at_once_end_what_has_lapsed_once) {
  settings.active_limit = 30;
  for (int i = 1; i <= 60; ++i) services->enter(user(i));
  for (int i = 1; i <= 30; ++i) services->hold(services->enter(user(i)), date, {i});
  services->lapse_holds();
  services->execute("UPDATE token SET expires_at = NOW(3) WHERE state = 'ACTIVE' OR seq % 3 = 0");
  const auto results = race(settings, 4, [&](Services& mine, int) {
    const auto report = mine.maintain.run();
    return static_cast<int>(report.holds_expired * 10'000 + report.active_expired * 100 +
                            report.waiting_expired);
  });
  std::int64_t sum = 0;
  for (const int result : results) sum += result;
  BOOST_TEST(sum == 30 * 10'000 + 30 * 100 + 10);
  services->maintain.run();
  BOOST_TEST(active() == 20);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(joins_leaves_payments_and_crons_all_at_once_keep_the_limit_and_the_counts) {
  constexpr int kProcesses = 10;
  const auto results = race(settings, kProcesses, [&](Services& mine, int i) {
    std::minstd_rand random(static_cast<unsigned>(i) + 1);  // NOLINT: the same choices in every run
    return status_of([&] {
      std::optional<TokenClaims> mine_now;
      for (int round = 0; round < 40; ++round) {
        if (i < 2) {
          mine.maintain.run();
        } else if (!mine_now || random() % 3 == 0) {
          mine_now = mine.enter(user(i));
        } else if (random() % 3 == 0) {
          mine.app.leave_queue.run(*mine_now);
          mine_now.reset();
        } else {
          status_of([&] { mine_now = mine.poll(*mine_now); });
        }
        const auto inside = mine.number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'");
        if (inside > settings.active_limit) throw Bug("more are inside than the limit");
      }
    });
  });
  BOOST_TEST(count_of(results, 0) == kProcesses, fmt::format("{}", fmt::join(results, " ")));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
