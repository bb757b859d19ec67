// A worker pool by itself, without a service: what happens to a worker that is stuck or dies.
#include "worker/worker_pool.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/logs.h"
#include "support/process.h"
#include "support/stack.h"

namespace concert::test {
namespace {

using namespace std::chrono_literals;

void rest() { std::this_thread::sleep_for(10ms); }

struct OneWorker {
  // Runs a pool of one worker with that life, in a process of its own because a pool reaps every
  // child. Returns whether `done` became true in time.
  bool run(const WorkerPool::Work& life, WorkerPool::Timeouts timeouts,
           const std::function<bool(WorkerPool&)>& done) {
    const auto in_child = [&](int) {
      WorkerPool pool(1, life, metrics, timeouts);
      const bool came = eventually([&] {
        pool.supervise();
        return done(pool);
      });
      return came ? 1 : 0;
    };
    return in_parallel(1, in_child)[0] == 1;
  }
  std::uint64_t starts() const { return metrics.value(Metrics::worker_starts); }
  std::uint64_t deaths() const { return metrics.value(Metrics::worker_deaths); }

  Metrics metrics{{}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(worker_pool_test, OneWorker)

BOOST_AUTO_TEST_CASE(a_worker_without_a_heartbeat_is_replaced) {
  const auto life = [&](int) {
    metrics.heartbeat();
    while (true) rest();
    return 0;
  };
  BOOST_TEST(run(life, {30s, 200ms}, [&](WorkerPool&) { return starts() == 3; }));
  BOOST_TEST(deaths() == 2U);
}

BOOST_AUTO_TEST_CASE(a_worker_with_a_heartbeat_is_left_alone) {
  constexpr auto kStuck = 3s;
  const auto life = [&](int) {
    for (;; rest()) metrics.heartbeat();
    return 0;
  };
  const auto end = WorkerPool::Clock::now() + 3 * kStuck;
  BOOST_TEST(run(life, {30s, kStuck}, [&](WorkerPool&) { return WorkerPool::Clock::now() > end; }));
  BOOST_TEST(starts() == 1U);
  BOOST_TEST(deaths() == 0U);
}

BOOST_AUTO_TEST_CASE(a_worker_that_does_not_stop_when_asked_is_killed) {
  const auto life = [&](int) {
    std::signal(SIGTERM, SIG_IGN);
    metrics.heartbeat();
    while (true) rest();
    return 0;
  };
  BOOST_TEST(run(life, {200ms, 60s}, [&](WorkerPool& pool) {
    if (metrics.heartbeats(0) == 1) pool.stop_all();
    return starts() == 1 && pool.size() == 0;
  }));
  BOOST_TEST(deaths() == 0U);
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_while_it_stops_is_counted_and_logged) {
  const std::vector<void (*)(int)> ends{[](int) { ::_exit(3); },
                                        // Not by its pool: the system may need the memory.
                                        [](int) { ::kill(::getpid(), SIGKILL); }};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto life = [&](int) {
      std::signal(SIGTERM, ends[i]);
      metrics.heartbeat();
      while (true) rest();
      return 0;
    };
    const std::string log = logged_by([&] {
      BOOST_TEST(run(life, {30s, 60s}, [&](WorkerPool& pool) {
        if (metrics.heartbeats(0) == i + 1) pool.stop_all();
        return starts() == i + 1 && pool.size() == 0;
      }));
    });
    BOOST_TEST(deaths() == i + 1);
    BOOST_TEST(log.find("while it finished what it had in hand") != std::string::npos, log);
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_stops_when_asked_is_not_counted) {
  const auto life = [&](int) {
    std::signal(SIGTERM, [](int) { ::_exit(0); });
    metrics.heartbeat();
    while (true) rest();
    return 0;
  };
  const std::string log = logged_by([&] {
    BOOST_TEST(run(life, {30s, 60s}, [&](WorkerPool& pool) {
      if (metrics.heartbeats(0) == 1) pool.stop_all();
      return starts() == 1 && pool.size() == 0;
    }));
  });
  BOOST_TEST(deaths() == 0U);
  BOOST_TEST(log.empty(), log);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
