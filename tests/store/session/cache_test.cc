#include "cache/cache.h"

#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "support/logs.h"
#include "support/one_date.h"

namespace concert::test {
namespace {

struct CacheOf : Cache {
  CacheOf(const std::string& servers, const std::string& installation, Metrics* metrics,
          std::int64_t timeout_ms = kCacheTimeout_ms)
      : Cache(servers, Seal("the token key of these tests"), metrics, timeout_ms) {
    use_installation(installation);
  }
};

struct EmptyCache {
  using Outcome = Cache::Outcome;

  EmptyCache() { forget_cache(); }
  std::string value(const std::string& key) {
    const auto found = cache.get({key});
    return found.empty() ? "" : found.at(key)->value;
  }

  Metrics metrics{{}};
  CacheOf cache{memcached_socket(), "p", &metrics};
};

// Two servers, each with some of the keys.
struct TwoCaches {
  TwoCaches() {
    for (int i = 0; i < 20; ++i) {
      const std::string key = "key:" + std::to_string(i);
      cache.set(key, "1", 60);
      (cache.place_of(key) == failing.socket() ? its : others).push_back(key);
    }
    BOOST_REQUIRE(!its.empty());
    BOOST_REQUIRE(!others.empty());
  }
  std::vector<std::string> all() const {
    std::vector<std::string> keys = its;
    keys.insert(keys.end(), others.begin(), others.end());
    return keys;
  }
  bool finds_the_others() {
    const auto found = cache.get(all());
    return found.size() == others.size() && found.count(others.front()) == 1;
  }
  // `failing` has failed: the other server goes on as before.
  void loses_only_its_keys() {
    const auto before = cache.round_trips();
    const std::string log = logged_by([&] {
      for (int i = 0; i < 3; ++i) BOOST_TEST(finds_the_others());
    });
    BOOST_TEST(cache.round_trips() - before == 4U);  // the one that fails is tried once
    const auto lines = log_lines(log);
    BOOST_REQUIRE(lines.size() == 1U);
    const std::string message = lines[0]["message"].asString();
    BOOST_TEST(message.find(failing.socket()) != std::string::npos, message);
    BOOST_TEST(message.find(other.socket()) == std::string::npos, message);
    BOOST_TEST(metrics.value(Metrics::cache_errors) == 1U);
    BOOST_TEST(metrics.value(Metrics::cache_hits) == 3 * others.size());
    BOOST_TEST(!cache.reaches(its.front()));
    BOOST_TEST(cache.reaches(others.front()));
    BOOST_CHECK(cache.set(its.front(), "2", 60) == CacheOutcome::away);
    BOOST_CHECK(cache.set(others.front(), "2", 60) == CacheOutcome::done);
    cache.prefetch({its.front(), others.front()});
    const auto fetched = cache.round_trips();
    BOOST_TEST(cache.get({its.front(), others.front()}).at(others.front())->value == "2");
    BOOST_TEST(cache.round_trips() == fetched);
  }

  Memcached failing;
  Memcached other;
  Metrics metrics{{}};
  // A long timeout: on a busy machine the other server must not seem to be away as well.
  CacheOf cache{failing.socket() + "," + other.socket(), "p", &metrics, 2000};
  std::vector<std::string> its, others;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cache_test, EmptyCache)

BOOST_AUTO_TEST_CASE(several_keys_are_read_in_one_round_trip) {
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

BOOST_AUTO_TEST_CASE(prefetched_entries_cost_no_further_round_trip) {
  cache.set("a", "1", 60);
  cache.set("b", "2", 60);
  const auto before = cache.round_trips();
  cache.prefetch({"b", "a", "none", "a"});
  BOOST_TEST(cache.get({"a"}).at("a")->value == "1");
  BOOST_TEST(cache.get({"b", "none"}).at("b")->value == "2");
  BOOST_TEST(cache.get({"none"}).empty());
  BOOST_TEST(cache.round_trips() - before == 1U);
  BOOST_TEST(cache.get({"a", "c"}).size() == 1U);  // one of them was not fetched
  BOOST_TEST(cache.round_trips() - before == 2U);
  cache.prefetch({});
  cache.get({"a"});
  BOOST_TEST(cache.round_trips() - before == 3U);
}

BOOST_AUTO_TEST_CASE(a_prefetched_entry_is_not_read_once_this_process_changed_it) {
  const auto prefetch = [&] {
    cache.set("+a", "1", 60);
    cache.prefetch({"+a", "b"});
  };
  prefetch();
  cache.set("+a", "2", 60);
  BOOST_TEST(value("+a") == "2");
  prefetch();
  cache.append("+a", "2");
  BOOST_TEST(value("+a") == "12");
  prefetch();
  cache.remove("+a");
  BOOST_TEST(value("+a").empty());
  BOOST_TEST(value("b").empty());
}

BOOST_AUTO_TEST_CASE(prefetched_entries_are_soon_forgotten) {
  cache.set("a", "1", 60);
  cache.prefetch({"a"});
  CacheOf other(memcached_socket(), "p", nullptr);
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
  BOOST_CHECK(cache.append("+a", "x") == Outcome::refused);
  cache.set("+a", "1", 60);
  BOOST_CHECK(cache.append("+a", "2") == Outcome::done);
  BOOST_TEST(value("+a") == "12");
}

BOOST_AUTO_TEST_CASE(an_entry_that_others_wrote_reads_as_empty_and_can_be_replaced) {
  const auto forge = [](const std::string& key, const std::string& value) {
    BOOST_TEST(ask_memcached("set p:" + key + " 0 60 " + std::to_string(value.size()) + "\r\n" +
                             value) == "STORED\r\n");
  };
  const std::string long_value(600, 'x');
  for (const std::string& value : {std::string("1"), long_value}) {
    cache.set("a", value, 60);
    BOOST_TEST(this->value("a") == value);
    BOOST_TEST(this->value("a") == value);
    forge("a", value);
    const auto forged = cache.get({"a"}).at("a");
    BOOST_TEST(forged->value.empty());
    BOOST_CHECK(cache.replace_unchanged("a", {"mended", forged->version}, 60) == Outcome::done);
    BOOST_TEST(this->value("a") == "mended");
  }
}

BOOST_AUTO_TEST_CASE(an_entry_of_one_key_is_not_good_under_another) {
  cache.set("a", "1", 60);
  const std::string answer = ask_memcached("mg p:a v");
  const std::string kept = answer.substr(answer.find("\r\n") + 2, Seal::kCodeBytes + 1);
  const std::string size = std::to_string(kept.size());
  ask_memcached("set p:a 0 60 " + size + "\r\n" + kept);
  ask_memcached("set p:b 0 60 " + size + "\r\n" + kept);
  BOOST_TEST(value("a") == "1");
  BOOST_TEST(value("b").empty());
}

BOOST_AUTO_TEST_CASE(removing_an_entry_that_does_not_exist_is_no_failure) {
  BOOST_CHECK(cache.remove("a") == Outcome::refused);
  BOOST_TEST(cache.reaches("a"));
}

BOOST_AUTO_TEST_CASE(two_installations_on_one_memcached_do_not_see_each_others_entries) {
  CacheOf other(memcached_socket(), "q", nullptr);
  cache.set("a", "1", 60);
  BOOST_TEST(other.get({"a"}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_found_and_nothing_kept_while_the_installation_is_not_known) {
  cache.set("a", "1", 60);
  cache.use_installation("");
  BOOST_TEST(cache.configured());
  BOOST_TEST(!cache.reaches("a"));
  const auto before = cache.round_trips();
  BOOST_TEST(cache.get({"a"}).empty());
  cache.prefetch({"a"});
  BOOST_CHECK(cache.set("a", "2", 60) == Outcome::away);
  BOOST_CHECK(cache.remove("a") == Outcome::away);
  BOOST_TEST(cache.round_trips() == before);
  cache.use_installation("p");
  BOOST_TEST(value("a") == "1");
}

BOOST_AUTO_TEST_CASE(a_prefetched_entry_of_one_installation_is_not_read_for_another) {
  cache.set("a", "1", 60);
  cache.prefetch({"a"});
  cache.use_installation("q");
  BOOST_TEST(value("a").empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_found_and_nothing_kept_while_it_is_away) {
  CacheOf away("/nowhere/memcached.sock", "p", &metrics);
  BOOST_TEST(away.configured());
  BOOST_TEST(away.get({"a"}).empty());
  BOOST_TEST(!away.reaches("a"));
  BOOST_CHECK(away.set("a", "1", 60) == Outcome::away);
  BOOST_CHECK(away.add("a", "1", 60) == Outcome::away);
  BOOST_CHECK(away.append("+a", "1") == Outcome::away);
  BOOST_CHECK(away.remove("a") == Outcome::away);
  BOOST_CHECK(away.replace_unchanged("a", {"1", 1}, 60) == Outcome::away);
  BOOST_TEST(away.round_trips() == 1U);  // after a failure it is left alone for a while
  BOOST_TEST(metrics.value(Metrics::cache_errors) == 1U);
}

BOOST_AUTO_TEST_CASE(no_server_is_a_cache_that_knows_nothing) {
  CacheOf none("", "p", nullptr);
  BOOST_TEST(!none.configured());
  BOOST_TEST(!none.reaches("a"));
  BOOST_TEST(none.place_of("a").empty());
  BOOST_TEST(none.get({"a"}).empty());
  BOOST_CHECK(none.set("a", "1", 60) == Outcome::away);
  BOOST_TEST(none.round_trips() == 0U);
}

BOOST_FIXTURE_TEST_CASE(each_of_two_servers_has_its_share_of_the_keys, TwoCaches) {
  const auto before = cache.round_trips();
  BOOST_TEST(cache.get(all()).size() == 20U);
  BOOST_TEST(cache.round_trips() - before == 2U);
  BOOST_TEST(cache.get(its).size() == its.size());
  BOOST_TEST(cache.round_trips() - before == 3U);
  CacheOf only_its(failing.socket(), "p", nullptr);
  const auto found = only_its.get(all());
  BOOST_TEST(found.size() == its.size());
  for (const std::string& key : its) BOOST_TEST(found.count(key) == 1U, key);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_died_takes_only_its_own_keys, TwoCaches) {
  failing.process().signal(SIGKILL);
  failing.process().wait();
  loses_only_its_keys();
}

BOOST_FIXTURE_TEST_CASE(a_server_that_is_frozen_takes_only_its_own_keys, TwoCaches) {
  failing.process().signal(SIGSTOP);
  ::waitpid(failing.process().pid(), nullptr, WUNTRACED);
  loses_only_its_keys();
  failing.process().signal(SIGCONT);
  while (!cache.reaches(its.front())) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  BOOST_TEST(cache.get(all()).size() == 20U);
}

// Hosts of two versions must find each other's entries, and those from before an upgrade.
BOOST_AUTO_TEST_CASE(keys_stay_on_the_servers_that_libmemcached_chose) {
  const CacheOf three("a:11211,b:11211,c:11211", "p", nullptr);
  BOOST_TEST(three.place_of("line:1") == "c:11211");
  BOOST_TEST(three.place_of("dates:2") == "a:11211");
  BOOST_TEST(three.place_of("token:1") == "b:11211");
  BOOST_TEST(three.place_of("+gaps:1:0") == "b:11211");
  const CacheOf two("c:11211,a:11211", "p", nullptr);
  BOOST_TEST(two.place_of("line:1") == "c:11211");
  BOOST_TEST(two.place_of("dates:2") == "a:11211");
  BOOST_TEST(two.place_of("+gaps:1:0") == "c:11211");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
