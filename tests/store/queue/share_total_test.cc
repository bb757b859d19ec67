#include "service/queue/share_total.h"

#include <boost/test/unit_test.hpp>

#include "service/admin/queues.h"
#include "service/upkeep/maintain.h"
#include "support/race.h"

namespace concert::test {
namespace {

struct ThreeQueues : OneDateOfFiftySeats {
  ThreeQueues() {
    const AdminAction by_bob{"bob@web1", "test", "because"};
    queues = {kMainQueue, add_queue(backend().db, "second", by_bob),
              add_queue(backend().db, "third", by_bob)};
    settings.active_limit = 100;
    settings.admit_per_pass = 1000;
    settings.admit_interval_seconds = 0;
  }
  // With `total`, shared once.
  void share(std::int64_t total) {
    settings.total_active_limit = total;
    compose();
    ShareTotal(backend().db, settings).run();
  }
  void pass() { Maintain(backend().db, backend().queue_cache, settings).run(); }
  void join(std::size_t queue, int first, int count) {
    for (int i = 0; i < count; ++i) app().issue_token.run(queues[queue], user(first + i));
  }
  // Ends `count` active tokens.
  void end(std::size_t queue, int count) {
    services->execute(
        "UPDATE token SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE state = 'ACTIVE' AND "
        "queue_id = " +
        std::to_string(queues[queue].value) + " ORDER BY token_id LIMIT " + std::to_string(count));
  }
  QueueRow row(std::size_t queue) { return backend().queues.read(queues[queue]); }
  std::int64_t active(std::size_t queue) { return row(queue).active_count; }

  std::vector<QueueId> queues;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(share_total_test, ThreeQueues)

BOOST_AUTO_TEST_CASE(without_a_total_no_queue_has_a_share) {
  pass();
  BOOST_TEST(!row(0).active_share.has_value());
  share(30);
  BOOST_TEST(row(0).active_share.value() == 10);
  share(0);
  for (std::size_t i = 0; i < queues.size(); ++i) BOOST_TEST(!row(i).active_share.has_value());
}

BOOST_AUTO_TEST_CASE(joins_are_active_up_to_the_share_and_wait_beyond_it) {
  share(30);
  join(0, 1, 12);
  BOOST_TEST(active(0) == 10);
  BOOST_TEST(row(0).waiting_count == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_pass_gives_idle_shares_to_the_queue_in_which_users_wait) {
  share(30);
  join(0, 1, 40);
  pass();
  BOOST_TEST(active(0) == 30);
  BOOST_TEST(active(1) + active(2) == 0);
  pass();
  BOOST_TEST(active(0) == 30);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_queue_in_which_users_wait_gets_its_guaranteed_share_as_places_become_free) {
  share(30);
  join(0, 1, 100);
  pass();
  join(1, 101, 100);
  pass();
  BOOST_TEST(active(1) == 0);  // nobody is sent away
  end(0, 9);
  pass();
  BOOST_TEST(active(0) == 21);
  BOOST_TEST(active(1) == 9);
  end(0, 21);
  pass();
  BOOST_TEST(active(0) == 15);
  BOOST_TEST(active(1) == 15);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_total_that_is_lowered_admits_nobody_until_enough_have_left) {
  share(30);
  join(0, 1, 40);
  pass();
  settings.total_active_limit = 10;
  compose();
  pass();
  BOOST_TEST(active(0) == 30);
  end(0, 19);
  pass();
  BOOST_TEST(active(0) == 11);
  end(0, 5);
  pass();
  BOOST_TEST(active(0) == 10);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_new_queue_has_no_share_before_a_pass) {
  share(30);
  queues.push_back(add_queue(backend().db, "fourth", {"bob@web1", "test", "because"}));
  BOOST_TEST(row(3).active_share.value() == 0);
  join(3, 1, 1);
  BOOST_TEST(active(3) == 0);
  pass();
  BOOST_TEST(active(3) == 1);
}

BOOST_AUTO_TEST_CASE(an_audit_names_a_queue_with_more_active_than_its_share) {
  share(30);
  join(0, 1, 5);
  services->execute("UPDATE queue SET active_share = 4 WHERE queue_id = 1");
  BOOST_TEST(services->breaches() == "active_within_share");
}

// Joins of three queues and passes of two hosts at once.
BOOST_AUTO_TEST_CASE(parallel_joins_and_passes_never_exceed_the_total) {
  share(30);
  const auto results = race(settings, 62, [&](Services& mine, int i) {
    if (i < 2) {
      for (int pass = 0; pass < 20; ++pass)
        Maintain(mine.app.backend.db, mine.app.backend.queue_cache, settings).run();
      return 0;
    }
    const QueueId queue = queues[static_cast<std::size_t>(i) % queues.size()];
    mine.app.issue_token.run(queue, user(i));
    return mine.number("SELECT SUM(active_count) FROM queue") > 30 ? 1 : 0;
  });
  BOOST_TEST(count_of(results, 1) == 0);
  pass();
  BOOST_TEST(services->number("SELECT COUNT(*) FROM token WHERE state = 'ACTIVE'") == 30);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
