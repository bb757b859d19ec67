#include "domain/queue_shares.h"

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <random>

using namespace concert;

BOOST_AUTO_TEST_SUITE(queue_shares_test)

namespace {

using Shares = std::vector<std::int64_t>;

Shares shares_of(const std::vector<QueueDemand>& queues, std::int64_t total) {
  return queue_shares(queues, total);
}

std::int64_t sum(const Shares& shares) {
  return std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
}

}  // namespace

BOOST_AUTO_TEST_CASE(queues_in_which_users_wait_share_by_their_limits) {
  BOOST_TEST(shares_of({{300, 0, 1000}, {100, 0, 1000}}, 200) == (Shares{150, 50}));
}

BOOST_AUTO_TEST_CASE(what_a_queue_does_not_want_goes_to_where_users_wait) {
  BOOST_TEST(shares_of({{300, 0, 20}, {300, 0, 1000}}, 200) == (Shares{20, 180}));
}

BOOST_AUTO_TEST_CASE(no_queue_has_more_than_its_own_limit) {
  BOOST_TEST(shares_of({{10, 0, 1000}, {20, 0, 1000}}, 200) == (Shares{10, 20}));
}

BOOST_AUTO_TEST_CASE(what_nobody_waits_for_is_kept_for_users_who_join) {
  BOOST_TEST(shares_of({{100, 0, 0}, {100, 0, 0}}, 100) == (Shares{50, 50}));
  BOOST_TEST(shares_of({{100, 0, 30}, {100, 0, 0}}, 100) == (Shares{65, 35}));
  BOOST_TEST(shares_of({{100, 0, 80}, {100, 0, 0}}, 100) == (Shares{90, 10}));
}

BOOST_AUTO_TEST_CASE(nobody_who_is_active_is_sent_away) {
  BOOST_TEST(shares_of({{100, 90, 50}, {100, 30, 50}}, 100) == (Shares{90, 30}));
  BOOST_TEST(shares_of({{10, 90, 0}, {100, 0, 50}}, 100) == (Shares{90, 10}));
}

BOOST_AUTO_TEST_CASE(a_queue_above_its_guaranteed_share_gets_nothing_before_the_others) {
  BOOST_TEST(shares_of({{100, 70, 500}, {100, 10, 500}}, 100) == (Shares{70, 30}));
}

BOOST_AUTO_TEST_CASE(the_last_users_of_a_total_go_to_the_queue_that_has_the_least) {
  BOOST_TEST(shares_of({{100, 1, 5}, {100, 0, 5}, {100, 1, 5}}, 3) == (Shares{1, 1, 1}));
  BOOST_TEST(sum(shares_of({{100, 0, 5}, {100, 0, 5}, {100, 0, 5}}, 2)) == 2);
}

BOOST_AUTO_TEST_CASE(there_may_be_no_queue_and_no_room) {
  BOOST_TEST(shares_of({}, 10).empty());
  BOOST_TEST(shares_of({{100, 0, 5}}, 0) == (Shares{0}));
}

// 2,000 random sets of queues: the total is kept, everybody active stays, nobody is starved, and
// nothing lies idle while users wait for it.
BOOST_AUTO_TEST_CASE(a_division_keeps_the_total_and_starves_nobody) {
  std::mt19937 random(19);
  const auto up_to = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<QueueDemand> queues;
    std::int64_t active = 0;
    std::int64_t limits = 0;
    for (std::int64_t count = 1 + up_to(20); count > 0; --count) {
      const std::int64_t limit = 1 + up_to(1000);
      queues.push_back({limit, up_to(limit), up_to(2) == 0 ? 0 : up_to(3000)});
      active += queues.back().active;
      if (queues.back().waiting > 0) limits += limit;
    }
    const std::int64_t total = up_to(6000);
    const Shares shares = shares_of(queues, total);
    BOOST_TEST_REQUIRE(sum(shares) <= std::max(total, active));
    const bool nobody_is_over = std::all_of(queues.begin(), queues.end(), [&](const auto& queue) {
      return queue.waiting == 0 ? queue.active == 0
                                : queue.active <= total * queue.active_limit / limits;
    });
    bool somebody_wants = false;
    for (std::size_t i = 0; i < queues.size(); ++i) {
      const QueueDemand& queue = queues[i];
      BOOST_TEST_REQUIRE(shares[i] >= queue.active);
      BOOST_TEST_REQUIRE(shares[i] <= std::max(queue.active_limit, queue.active));
      const std::int64_t wants = std::min(queue.active_limit, queue.active + queue.waiting);
      somebody_wants = somebody_wants || shares[i] < wants;
      if (queue.waiting > 0 && nobody_is_over) {
        BOOST_TEST_REQUIRE(shares[i] >= std::min(wants, total * queue.active_limit / limits));
      }
    }
    if (somebody_wants) BOOST_TEST_REQUIRE(sum(shares) >= total);
  }
}

BOOST_AUTO_TEST_SUITE_END()
