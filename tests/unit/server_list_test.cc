#include "cache/server_list.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace concert {

BOOST_AUTO_TEST_SUITE(server_list_test)

BOOST_AUTO_TEST_CASE(hosts_and_sockets_are_read_in_order) {
  const auto servers = parse_cache_servers("mc1, mc2:11212,/run/memcached.sock");
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

BOOST_AUTO_TEST_CASE(what_names_no_server_is_refused) {
  for (const char* text : {"host:0", "host:x", "host:", "host:65536", "good:11211,host:x", ":11211",
                           "::1", "host:1:2", "a,,b"}) {
    BOOST_CHECK_THROW(parse_cache_servers(text), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
