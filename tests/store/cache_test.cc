#include "cache/cache.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "support/one_date.h"

namespace concert::test {
namespace {

struct EmptyCache {
  using Outcome = Cache::Outcome;

  EmptyCache() { forget_cache(); }
  std::string value(const std::string& key) {
    const auto found = cache.get({key});
    return found.empty() ? "" : found.at(key)->value;
  }

  Metrics metrics{{}};
  Cache cache{memcached_socket(), "p:", &metrics};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cache_test, EmptyCache)

BOOST_AUTO_TEST_CASE(several_keys_are_had_in_one_round_trip) {
  cache.set("a", "1", 60);
  cache.set("c", std::string("\0\r\n", 3), 60);
  const auto before = cache.round_trips();
  const auto found = cache.get({"a", "b", "c"});
  BOOST_TEST(cache.round_trips() - before == 1U);
  BOOST_TEST(found.size() == 2U);
  BOOST_TEST(found.at("a")->value == "1");
  BOOST_TEST(found.at("c")->value == std::string("\0\r\n", 3));
  BOOST_TEST(metrics.value(Metrics::cache_hits) == 2U);
  BOOST_TEST(metrics.value(Metrics::cache_misses) == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_fetched_ahead_costs_no_further_round_trip) {
  cache.set("a", "1", 60);
  cache.set("b", "2", 60);
  const auto before = cache.round_trips();
  cache.fetch_ahead({"b", "a", "none", "a"});
  BOOST_TEST(cache.get({"a"}).at("a")->value == "1");
  BOOST_TEST(cache.get({"b", "none"}).at("b")->value == "2");
  BOOST_TEST(cache.get({"none"}).empty());
  BOOST_TEST(cache.round_trips() - before == 1U);
  BOOST_TEST(cache.get({"a", "c"}).size() == 1U);  // one of them was not fetched
  BOOST_TEST(cache.round_trips() - before == 2U);
  cache.fetch_ahead({});
  cache.get({"a"});
  BOOST_TEST(cache.round_trips() - before == 3U);
}

BOOST_AUTO_TEST_CASE(what_was_fetched_ahead_is_not_read_once_this_process_changed_it) {
  const auto ahead = [&] {
    cache.set("a", "1", 60);
    cache.fetch_ahead({"a", "b"});
  };
  ahead();
  cache.set("a", "2", 60);
  BOOST_TEST(value("a") == "2");
  ahead();
  cache.append("a", "2");
  BOOST_TEST(value("a") == "12");
  ahead();
  cache.remove("a");
  BOOST_TEST(value("a").empty());
  BOOST_TEST(value("b").empty());
}

BOOST_AUTO_TEST_CASE(what_was_fetched_ahead_is_soon_forgotten) {
  cache.set("a", "1", 60);
  cache.fetch_ahead({"a"});
  Cache other(memcached_socket(), "p:", nullptr);
  other.set("a", "2", 60);
  BOOST_TEST(value("a") == "1");
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  BOOST_TEST(value("a") == "2");
}

BOOST_AUTO_TEST_CASE(add_is_refused_where_the_key_exists) {
  BOOST_CHECK(cache.add("a", "1", 60) == Outcome::done);
  BOOST_CHECK(cache.add("a", "2", 60) == Outcome::refused);
  BOOST_TEST(value("a") == "1");
}

BOOST_AUTO_TEST_CASE(a_value_is_replaced_only_while_it_is_unchanged) {
  cache.set("a", "1", 60);
  const auto read = cache.get({"a"}).at("a");
  BOOST_CHECK(cache.replace_unchanged("a", {"2", read->version}, 60) == Outcome::done);
  BOOST_CHECK(cache.replace_unchanged("a", {"3", read->version}, 60) == Outcome::refused);
  BOOST_TEST(value("a") == "2");
  cache.remove("a");
  BOOST_CHECK(cache.replace_unchanged("a", {"4", read->version}, 60) == Outcome::refused);
}

BOOST_AUTO_TEST_CASE(append_is_refused_where_there_is_nothing_to_append_to) {
  BOOST_CHECK(cache.append("a", "x") == Outcome::refused);
  cache.set("a", "1", 60);
  BOOST_CHECK(cache.append("a", "2") == Outcome::done);
  BOOST_TEST(value("a") == "12");
}

BOOST_AUTO_TEST_CASE(removing_what_is_not_there_is_no_failure) {
  BOOST_CHECK(cache.remove("a") == Outcome::refused);
  BOOST_TEST(!cache.away());
}

BOOST_AUTO_TEST_CASE(two_services_on_one_memcached_do_not_meet) {
  Cache other(memcached_socket(), "q:", nullptr);
  cache.set("a", "1", 60);
  BOOST_TEST(other.get({"a"}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_found_and_nothing_kept_while_it_is_away) {
  Cache away("/nowhere/memcached.sock", "", &metrics);
  BOOST_TEST(away.configured());
  BOOST_TEST(away.get({"a"}).empty());
  BOOST_TEST(away.away());
  BOOST_CHECK(away.set("a", "1", 60) == Outcome::away);
  BOOST_CHECK(away.add("a", "1", 60) == Outcome::away);
  BOOST_CHECK(away.append("a", "1") == Outcome::away);
  BOOST_CHECK(away.remove("a") == Outcome::away);
  BOOST_CHECK(away.replace_unchanged("a", {"1", 1}, 60) == Outcome::away);
  BOOST_TEST(away.round_trips() == 1U);  // after a failure it is left alone for a while
  BOOST_TEST(metrics.value(Metrics::cache_errors) == 1U);
}

BOOST_AUTO_TEST_CASE(no_server_is_a_cache_that_knows_nothing) {
  Cache none("", "", nullptr);
  BOOST_TEST(!none.configured());
  BOOST_TEST(!none.away());
  BOOST_TEST(none.get({"a"}).empty());
  BOOST_CHECK(none.set("a", "1", 60) == Outcome::away);
  BOOST_TEST(none.round_trips() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
