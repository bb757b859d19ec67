#include "worker/turn.h"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/steady_clock.h"
#include "support/stack.h"

namespace concert::test {
namespace {

// Runs in a process of its own, which dies without a word. Returns what `run` returned.
template <class Run>
bool in_another_process(Run run) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(run() ? 1 : 0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(turn_test)

BOOST_AUTO_TEST_CASE(one_process_at_a_time_has_the_turn) {
  Turn turn;
  BOOST_TEST(turn.take());
  BOOST_TEST(!in_another_process([&] { return turn.take(); }));
  turn.end();
  BOOST_TEST(turn.take());
}

BOOST_AUTO_TEST_CASE(a_process_that_misses_the_turn_goes_on_soon) {
  Turn turn;
  BOOST_TEST(in_another_process([&] { return turn.take(); }));
  const std::int64_t begun_ms = steady_ms();
  BOOST_TEST(!turn.take());
  BOOST_TEST(steady_ms() - begun_ms < 50 * Turn::kWait_ms);
}

BOOST_AUTO_TEST_CASE(a_turn_that_another_process_ended_is_free) {
  Turn turn;
  BOOST_TEST(in_another_process([&] {
    const bool has_it = turn.take();
    turn.end();
    return has_it;
  }));
  BOOST_TEST(turn.take());
}

BOOST_AUTO_TEST_CASE(a_process_does_not_end_the_turn_of_another) {
  Turn turn;
  BOOST_TEST(in_another_process([&] { return turn.take(); }));
  turn.end();
  BOOST_TEST(!turn.take());
}

BOOST_AUTO_TEST_CASE(a_process_that_died_keeps_the_turn_until_its_time_is_over) {
  Turn kept;
  BOOST_TEST(in_another_process([&] { return kept.take(); }));
  BOOST_TEST(!kept.take());
  Turn lost(1);
  BOOST_TEST(in_another_process([&] { return lost.take(); }));
  BOOST_TEST(eventually([&] { return lost.take(); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
