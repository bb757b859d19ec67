// A worker that is stopped within a transaction, as by SIGSTOP, a debugger or a machine that
// pauses, or whose host vanishes: its row locks are released within seconds.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "support/one_date.h"
#include "support/race.h"

namespace concert::test {
namespace {

// Runs `work` in a process of its own, which stops itself before it sends the first statement that
// begins with `begins`.
class FrozenWorker {
 public:
  FrozenWorker(const Settings& settings, std::string begins,
               const std::function<int(Services&)>& work)
      : pid_(::fork()) {
    if (pid_ != 0) return;
    Services mine(settings);
    bool was_frozen = false;
    mine.app.backend.db.observe([&](std::string_view sql, const auto&) {
      if (was_frozen || sql.find(begins) == std::string_view::npos) return;
      was_frozen = true;
      ::raise(SIGSTOP);
    });
    int code = -1;
    try {
      code = work(mine);
    } catch (const std::exception&) {
      // The exit code says so.
    }
    ::_exit(code);
  }
  ~FrozenWorker() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  FrozenWorker(const FrozenWorker&) = delete;
  FrozenWorker& operator=(const FrozenWorker&) = delete;

  // Waits until it has stopped itself.
  bool is_frozen() const {
    int status = 0;
    return ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
  }
  // Resumes it, and returns what `work` returned.
  int thaw() {
    ::kill(pid_, SIGCONT);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_;
};

struct OneUserWithPoints : OneDateOfFiftySeats {
  TokenClaims claims = services->enter_with(user(1), 1000);
  // The process is forked without a connection.
  void disconnect() { services.reset(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(frozen_worker_test, OneUserWithPoints)

BOOST_AUTO_TEST_CASE(a_worker_frozen_with_the_queues_row_locked_holds_nobody_up) {
  disconnect();
  FrozenWorker frozen(settings, "COMMIT", [](Services& mine) {
    return status_of([&] { mine.app.leave_queue.run(mine.enter(user(1))); }) == 0 ? 0 : 1;
  });
  BOOST_REQUIRE(frozen.is_frozen());
  compose();
  // The joins of other users need the row that it has locked.
  BOOST_TEST(status_of([&] { services->enter(user(2)); }) == 0);
  // Its transaction was rolled back; it notices, and repeats its work.
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'") == 2);
  BOOST_TEST(frozen.thaw() == 0);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'") == 1);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_charge_frozen_before_its_commit_is_made_once) {
  disconnect();
  FrozenWorker frozen(settings, "COMMIT", [](Services& mine) {
    return mine.charge(mine.enter(user(1)), 10) == 1015 ? 0 : 1;
  });
  BOOST_REQUIRE(frozen.is_frozen());
  compose();
  BOOST_TEST(services->charge(claims, 5) == 1005);
  BOOST_TEST(frozen.thaw() == 0);
  BOOST_TEST(app().balances.show(claims) == 1015);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_worker_frozen_half_way_leaves_nothing_half_done) {
  disconnect();
  FrozenWorker frozen(settings, "INSERT INTO ledger_entry", [](Services& mine) {
    return status_of([&] { mine.charge(mine.enter(user(1)), 10); }) == 503 ? 0 : 1;
  });
  BOOST_REQUIRE(frozen.is_frozen());
  compose();
  BOOST_TEST(services->charge(claims, 5) == 1005);
  BOOST_TEST(frozen.thaw() == 0);
  BOOST_TEST(app().balances.show(claims) == 1005);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
