#include "worker/serve.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/steady_clock.h"
#include "support/process.h"
#include "support/stack.h"
#include "worker/listener.h"

namespace concert::test {
namespace {

// A worker without a database. Another process has the turn all the time.
struct WorkerWithoutTurn {
  WorkerWithoutTurn() {
    settings.token_key = std::string(32, 'k');
    settings.database =
        DatabaseUrl::parse("mysql://nobody@/none?socket=" + folder.path() + "/none");
    BOOST_REQUIRE(turn.take());
    pid = ::fork();
    if (pid != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It warns that it starts without the database.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(EXIT_FAILURE);
    metrics.take_slot(0);
    ::_exit(serve(listener.fd(), 0, settings, metrics, turn));
  }
  ~WorkerWithoutTurn() {
    ::kill(pid, SIGTERM);
    ::waitpid(pid, nullptr, 0);
  }
  // How often it has waited for requests.
  std::uint64_t waits() const { return metrics.heartbeats(0); }

  ScratchFolder folder;
  Settings settings;
  Listener listener{folder.path() + "/concertd.sock"};
  Metrics metrics{{"GET /queue"}, {"BUSY"}, {}};
  Turn turn;
  pid_t pid = -1;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(serve_test, WorkerWithoutTurn)

BOOST_AUTO_TEST_CASE(a_worker_that_misses_the_turn_looks_again_after_a_tenth_of_a_second) {
  BOOST_TEST(eventually([&] { return waits() > 0; }));
  const std::uint64_t before = waits();
  const std::int64_t begun_ms = steady_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  const auto looks = static_cast<std::int64_t>(waits() - before);
  BOOST_TEST(looks >= 5);  // three, if it looked once a second
  BOOST_TEST(looks <= (steady_ms() - begun_ms) / 100 + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
