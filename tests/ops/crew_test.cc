// A master's workers, by the crew alone: what becomes of one that gets stuck.
#include "worker/crew.h"

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
  // Runs a crew of one worker with that life in a process of its own, for it waits for any child.
  // True if `done` came true in time.
  bool run(const Crew::Work& life, Crew::Patience patience,
           const std::function<bool(Crew&)>& done) {
    const auto in_child = [&](int) {
      Crew crew(1, life, metrics, patience);
      const bool came = eventually([&] {
        crew.tend();
        return done(crew);
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

BOOST_FIXTURE_TEST_SUITE(crew_test, OneWorker)

BOOST_AUTO_TEST_CASE(one_that_does_not_get_on_is_replaced) {
  const auto life = [&](int) {
    metrics.beat();
    while (true) rest();
    return 0;
  };
  BOOST_TEST(run(life, {30s, 200ms}, [&](Crew&) { return starts() == 3; }));
  BOOST_TEST(deaths() == 2U);
}

BOOST_AUTO_TEST_CASE(one_that_gets_on_is_left_alone) {
  constexpr auto kStuck = 3s;
  const auto life = [&](int) {
    for (;; rest()) metrics.beat();
    return 0;
  };
  const auto end = Crew::Clock::now() + 3 * kStuck;
  BOOST_TEST(run(life, {30s, kStuck}, [&](Crew&) { return Crew::Clock::now() > end; }));
  BOOST_TEST(starts() == 1U);
  BOOST_TEST(deaths() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_end_when_asked_to_is_killed) {
  const auto life = [&](int) {
    std::signal(SIGTERM, SIG_IGN);
    metrics.beat();
    while (true) rest();
    return 0;
  };
  BOOST_TEST(run(life, {200ms, 60s}, [&](Crew& crew) {
    if (metrics.beats(0) == 1) crew.dismiss();
    return starts() == 1 && crew.size() == 0;
  }));
  BOOST_TEST(deaths() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_dies_while_it_finishes_is_counted_and_logged) {
  const std::vector<void (*)(int)> ends{[](int) { ::_exit(3); },
                                        // Not by its crew: the system may want the memory.
                                        [](int) { ::kill(::getpid(), SIGKILL); }};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto life = [&](int) {
      std::signal(SIGTERM, ends[i]);
      metrics.beat();
      while (true) rest();
      return 0;
    };
    const std::string log = logged_by([&] {
      BOOST_TEST(run(life, {30s, 60s}, [&](Crew& crew) {
        if (metrics.beats(0) == i + 1) crew.dismiss();
        return starts() == i + 1 && crew.size() == 0;
      }));
    });
    BOOST_TEST(deaths() == i + 1);
    BOOST_TEST(log.find("while it finished what it had in hand") != std::string::npos, log);
  }
}

BOOST_AUTO_TEST_CASE(one_that_finishes_is_not_counted) {
  const auto life = [&](int) {
    std::signal(SIGTERM, [](int) { ::_exit(0); });
    metrics.beat();
    while (true) rest();
    return 0;
  };
  const std::string log = logged_by([&] {
    BOOST_TEST(run(life, {30s, 60s}, [&](Crew& crew) {
      if (metrics.beats(0) == 1) crew.dismiss();
      return starts() == 1 && crew.size() == 0;
    }));
  });
  BOOST_TEST(deaths() == 0U);
  BOOST_TEST(log.empty(), log);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
