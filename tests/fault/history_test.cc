// Several hundred users do everything at random under faults; their answers and the
// final state of the database must not contradict each other. By hand, for longer:
//
//   HISTORY_SECONDS=600 HISTORY_SEED=7 ./fault_test --run_test=history_test --log_level=message
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

#include "store/session/errors.h"
#include "support/history_check.h"
#include "support/history_load.h"
#include "support/ops_service.h"
#include "support/stack.h"

namespace concert::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kActiveLimit = 80;

int from_environment(const char* name, int otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::atoi(given);
}

struct Faults {
  // The faults that are due in this round; a round takes a fifth of a second.
  void inject_fault(int round) {
    if (round % 3 == 0) kill_a_worker(round);
    if (round % 4 == 1) service.cron_killed_after(std::chrono::milliseconds(round % 13));
    if (round % 10 == 9) service.concertd().signal(SIGHUP);
    if (round % 25 == 12) {
      service.memcached().kill();
      service.start_memcached();
    }
    if (round % 60 == 30) service.memcached().signal(SIGSTOP);
    if (round % 60 == 35) service.memcached().signal(SIGCONT);
    if (round % 75 == 50) {
      database.kill();
      database.start();
    }
    if (round % 5 == 0) date = service.add_date(50, 100);
  }

  // 0 while the database is away.
  std::int64_t payments() {
    try {
      Session session = service.database();
      auto rows = session.query("SELECT COUNT(*) FROM payment");
      return rows.next() ? rows.number(1) : 0;
    } catch (const DatabaseUnavailable&) {
      return 0;
    }
  }

  void kill_a_worker(int round) const {
    const auto workers = service.workers();
    if (!workers.empty())
      ::kill(workers[static_cast<std::size_t>(round) % workers.size()], SIGKILL);
  }

  DatabaseServer database;
  Service service{{{"workers", "8"},
                   {"hold_seconds", "2"},
                   {"active_seconds", "4"},
                   {"waiting_seconds", "20"},
                   {"active_limit", std::to_string(kActiveLimit)},
                   {"admit_per_pass", "20"},
                   {"admit_interval_seconds", "0"}},
                  database.socket()};
  std::int64_t date = 0;
};

std::string summary(const History& history) {
  std::map<std::string, int> counts;
  for (const Event& event : history)
    ++counts[fmt::format("{} {} {}", event.kind, event.status, event.code)];
  std::string text = fmt::format("{} requests;", history.size());
  for (const auto& [what, count] : counts) text += fmt::format(" {} x {};", count, what);
  return text;
}

int successes(const History& history, const std::string& kind) {
  return static_cast<int>(std::count_if(history.begin(), history.end(), [&](const Event& event) {
    return event.kind == kind && event.succeeded();
  }));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(history_test, Faults)

BOOST_AUTO_TEST_CASE(what_users_were_told_and_what_the_database_holds_agree) {
  HistoryPlan plan;
  plan.url = service.url();
  plan.seed = static_cast<unsigned>(from_environment("HISTORY_SEED", 1));
  if (kSanitized) plan.users = 100;  // more would only wait, and their holds lapse
  date = service.add_date(50, 100);
  plan.concert = service.concert();
  const std::string file = service.folder() + "/history.jsonl";
  HistoryLoad load(plan, file);
  const auto end = Clock::now() + std::chrono::seconds(from_environment("HISTORY_SECONDS", 60));
  // On a slow machine for longer, until enough has happened.
  const auto last = end + std::chrono::minutes(5);
  for (int round = 1; Clock::now() < end || (Clock::now() < last && payments() < 15); ++round) {
    service.two_crons();
    inject_fault(round);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  service.memcached().signal(SIGCONT);
  const History history = load.stop();
  BOOST_TEST_MESSAGE("seed " << plan.seed << ": " << summary(history));
  // A history without events would prove nothing.
  for (const char* kind :
       {"join", "poll", "leave", "dates", "seats", "hold", "release", "charge", "pay", "records"})
    BOOST_TEST(successes(history, kind) > 10, kind);
  eventually([&] { return service.is_ready(); });
  Session session = service.database();
  const auto found = contradictions(history, read_final_state(session), kActiveLimit);
  BOOST_TEST(found.empty(), fmt::format("seed {}: {} contradictions:\n{}", plan.seed, found.size(),
                                        fmt::join(found, "\n")));
  const Outcome audit = service.ctl({"audit"});
  BOOST_TEST(audit.exit_code == 0, audit.out << audit.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
