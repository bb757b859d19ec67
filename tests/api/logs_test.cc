// When every case has run, no log of the stack that they shared may show a token or a key.
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "support/stack.h"

namespace concert::test {
namespace {

struct LogsOfTheWholeRun {
  void teardown() {
    const Stack* const shared = started_shared_stack();
    const std::string found = shared == nullptr ? "" : shared->secrets_in_its_logs();
    // A failed check would not count here any more.
    if (!found.empty()) throw std::runtime_error("secrets in the logs: " + found);
  }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(LogsOfTheWholeRun);

}  // namespace concert::test
