#include "cache/server_list.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

namespace concert {

BOOST_AUTO_TEST_SUITE(server_list_test)

BOOST_AUTO_TEST_CASE(hosts_and_sockets_are_read_in_order) {
  const auto servers = parse_cache_servers("mc1:11211, mc2:11212,/run/memcached.sock");
  BOOST_REQUIRE(servers.size() == 3U);
  BOOST_TEST(servers[0].place == "mc1");
  BOOST_TEST(servers[0].port == 11211);
  BOOST_TEST(servers[1].place == "mc2");
  BOOST_TEST(servers[1].port == 11212);
  BOOST_TEST(servers[2].place == "/run/memcached.sock");
  BOOST_TEST(servers[2].port == 0);
  BOOST_TEST(servers[0].text() == "mc1:11211");
  BOOST_TEST(servers[2].text() == "/run/memcached.sock");
  BOOST_TEST(parse_cache_servers("").empty());
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_stands_in_brackets) {
  const auto servers = parse_cache_servers("[::1]:11211,[2001:db8::7]:11212");
  BOOST_REQUIRE(servers.size() == 2U);
  BOOST_TEST(servers[0].place == "::1");
  BOOST_TEST(servers[0].port == 11211);
  BOOST_TEST(servers[1].text() == "[2001:db8::7]:11212");
  for (const char* text : {"[::1]", "[::1]:", "[::1]11211", "[::1:11211", "[]:11211", "[mc1]:11211",
                           "::1:11211", "[::1]:0", "[127.0.0.1]:11211"}) {
    BOOST_CHECK_THROW(parse_cache_servers(text), std::invalid_argument);
  }
}

// libmemcached would end the program.
BOOST_AUTO_TEST_CASE(more_servers_than_libmemcached_waits_for_are_refused) {
  std::string text = "mc0:11211";
  for (std::size_t i = 1; i < kMostCacheServers; ++i) text += ",mc:" + std::to_string(i);
  BOOST_TEST(parse_cache_servers(text).size() == kMostCacheServers);
  BOOST_CHECK_THROW(parse_cache_servers(text + ",mc:101"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_entry_that_names_no_server_is_refused) {
  for (const char* text : {"host:0", "host:x", "host:", "host:65536", "good:11211,host:x", ":11211",
                           "::1", "host:1:2", "a:1,,b:1"}) {
    BOOST_CHECK_THROW(parse_cache_servers(text), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_neither_host_and_port_nor_a_path_is_named) {
  for (const char* entry : {"host", "run/memcached.sock", "./memcached.sock"}) {
    const auto names_it = [&](const std::invalid_argument& error) {
      return std::string(error.what()).find("`" + std::string(entry) + "`") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(parse_cache_servers(entry), std::invalid_argument, names_it);
    BOOST_CHECK_EXCEPTION(parse_cache_servers("good:11211, " + std::string(entry) + ",/a"),
                          std::invalid_argument, names_it);
  }
}

BOOST_AUTO_TEST_CASE(only_the_entry_that_is_wrong_is_named) {
  std::string list = "host:x";
  for (int i = 0; i < 3000; ++i) list += ",good:11211";
  const auto names_it = [](const std::invalid_argument& error) {
    return std::string(error.what()) ==
           "has an entry, `host:x`, that has a port that is not a number from 1 to 65535.";
  };
  BOOST_CHECK_EXCEPTION(parse_cache_servers(list), std::invalid_argument, names_it);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
