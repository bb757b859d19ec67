// A worker that dies while it fills the list of a concert's dates for everybody.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>

#include "support/one_date.h"
#include "support/ops_service.h"
#include "support/stack.h"

namespace concert::test {
namespace {

struct OneList {
  OneList() {
    service.add_date(5, 100);
    token = service.new_token(web, "7c5e2d1a-0000-4000-8000-000000000013");
    Session db = service.database();
    auto rows = db.query("SELECT installation_id FROM installation");
    BOOST_REQUIRE(rows.next());
    key = fmt::format("{}:dates:{}", rows.text(1), service.concert());
  }
  Reply list(Web& from) const {
    return from.get(fmt::format("/concerts/{}/dates", service.concert()), token);
  }
  // Whether memcached has the list, or the lease of a worker that fills it.
  bool is_there() const {
    return ask_memcached("mg " + key, service.folder() + "/memcached.sock").rfind("HD", 0) == 0;
  }

  Service service{{{"workers", "2"}}};
  Web web = service.web();
  std::string token;
  std::string key;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dates_filler_test, OneList)

BOOST_AUTO_TEST_CASE(a_worker_that_dies_while_it_fills_a_list_keeps_nobody_from_filling_it) {
  const std::vector<pid_t> before = service.workers();
  Session locker = service.database();
  locker.run_text("LOCK TABLES concert WRITE, concert_date WRITE");
  // The answer of this one is lost with its worker, or comes from another that nginx asked then.
  std::thread filler([this] {
    Web other = service.web();
    list(other);
  });
  const bool has_lease = eventually([&] { return is_there(); });
  for (const pid_t worker : before) ::kill(worker, SIGKILL);
  locker.run_text("UNLOCK TABLES");
  filler.join();
  BOOST_TEST(has_lease);
  BOOST_TEST(eventually([&] { return list(web).header("x-cache") == "HIT"; }));
  BOOST_TEST(list(web).json()["dates"].size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
