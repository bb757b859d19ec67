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
    if (round % 8 == 5) cancel_a_date(round);
    if (round % 10 == 3) refund_a_seat();
    if (round % 5 != 0) return;
    date = round % 10 == 0 ? service.add_hall(5, 10, 100) : service.add_date(50, 100);
  }

  std::vector<std::string> cancel(std::int64_t of) const {
    return {program("concertctl"), "--config", service.conf(), "date", "cancel", "--date",
            std::to_string(of),    "--why",    "a fault"};
  }

  // The one that users look at beside the newest. Every other time the command is killed after some
  // milliseconds.
  void cancel_a_date(int round) const {
    Process command(cancel(date - 1), {}, service.folder() + "/cancel.log");
    if (round % 16 == 5) {
      command.wait();
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(round * 37 % 150));
    command.signal(SIGKILL);
  }

  // Of the newest payment. It may be refused, or the database away.
  void refund_a_seat() const {
    try {
      Session session = service.database();
      auto rows = session.query(
          "SELECT s.reservation_id, s.seat_number FROM seat s WHERE s.state = 'SOLD' AND "
          "s.reservation_id IS NOT NULL ORDER BY s.reservation_id DESC LIMIT 1");
      if (!rows.next()) return;
      service.ctl({"reservation", "refund", "--reservation", rows.text(1), "--seats", rows.text(2),
                   "--why", "a fault"});
    } catch (const DatabaseUnavailable&) {
      return;
    }
  }

  // Every cancellation that was killed is run again.
  void complete_cancellations() const {
    Session session = service.database();
    std::vector<std::int64_t> begun;
    {
      auto rows = session.query(
          "SELECT concert_date_id FROM concert_date WHERE cancelled_at IS NOT NULL AND "
          "refunds_ended_at IS NULL");
      while (rows.next()) begun.push_back(rows.number(1));
    }
    for (const std::int64_t of : begun) {
      const Outcome outcome =
          service.ctl({"date", "cancel", "--date", std::to_string(of), "--why", "again"});
      BOOST_TEST(outcome.exit_code == 0, outcome.err);
    }
    BOOST_TEST_MESSAGE(begun.size() << " cancellations were killed half way");
  }

  // How often users have paid, and paid for several holds together, whichever is less; 0 while the
  // database is away.
  std::int64_t payments() {
    try {
      Session session = service.database();
      auto rows = session.query(
          "SELECT LEAST(COUNT(*), COALESCE(SUM(n > 1), 0)) FROM "
          "(SELECT COUNT(*) n FROM payment GROUP BY token_id) t");
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
                   {"hold_longest_seconds", "5"},
                   {"holds_per_visit", "1000000"},
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
  for (const char* kind : {"join", "poll", "leave", "dates", "seats", "hold", "extend", "release",
                           "charge", "pay", "pay_all", "records"})
    BOOST_TEST(successes(history, kind) > 10, kind);
  eventually([&] { return service.is_ready(); });
  complete_cancellations();
  Session session = service.database();
  const auto count = [&](const char* of) {
    auto rows = session.query(std::string("SELECT COUNT(*) FROM ") + of);
    return rows.next() ? rows.number(1) : 0;
  };
  BOOST_TEST(count("concert_date WHERE refunds_ended_at IS NOT NULL") > 0);
  BOOST_TEST(count("ledger_entry WHERE kind = 'REFUND'") > 0);
  const auto found = contradictions(history, read_final_state(session), kActiveLimit);
  BOOST_TEST(found.empty(), fmt::format("seed {}: {} contradictions:\n{}", plan.seed, found.size(),
                                        fmt::join(found, "\n")));
  const Outcome audit = service.ctl({"audit"});
  BOOST_TEST(audit.exit_code == 0, audit.out << audit.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
