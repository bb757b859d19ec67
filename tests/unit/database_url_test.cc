#include "store/session/database_url.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(database_url_test)

BOOST_AUTO_TEST_CASE(hosts_are_read_in_order) {
  const DatabaseUrl url = DatabaseUrl::parse("mysql://concert:pw@db1:3307,db2/reservations");
  BOOST_TEST(url.user == "concert");
  BOOST_TEST(url.password == "pw");
  BOOST_TEST(url.database == "reservations");
  BOOST_REQUIRE(url.hosts.size() == 2U);
  BOOST_TEST(url.hosts[0].name == "db1");
  BOOST_TEST(url.hosts[0].port == 3307);
  BOOST_TEST(url.hosts[1].name == "db2");
  BOOST_TEST(url.hosts[1].port == 3306);
  BOOST_TEST(url.place() == "db1:3307, db2:3306");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_stands_in_brackets) {
  const DatabaseUrl url = DatabaseUrl::parse("mysql://u:p@[::1]:3307,[2001:db8::7],db2/n");
  BOOST_REQUIRE(url.hosts.size() == 3U);
  BOOST_TEST(url.hosts[0].name == "::1");
  BOOST_TEST(url.hosts[0].port == 3307);
  BOOST_TEST(url.hosts[1].name == "2001:db8::7");
  BOOST_TEST(url.hosts[1].port == 3306);
  BOOST_TEST(url.place() == "[::1]:3307, [2001:db8::7]:3306, db2:3306");
}

BOOST_AUTO_TEST_CASE(ten_of_many_hosts_are_named) {
  std::string hosts = "db1";
  for (int i = 2; i <= 3000; ++i) hosts += ",db" + std::to_string(i);
  const std::string place = DatabaseUrl::parse("mysql://u:p@" + hosts + "/n").place();
  BOOST_TEST(place.starts_with("db1:3306, db2:3306, "));
  BOOST_TEST(place.ends_with("db10:3306 and 2990 more"));
}

BOOST_AUTO_TEST_CASE(a_socket_takes_the_place_of_hosts) {
  const DatabaseUrl url =
      DatabaseUrl::parse("mysql://root@/concert?socket=/run/mysqld/mysqld.sock");
  BOOST_TEST(url.user == "root");
  BOOST_TEST(url.password.empty());
  BOOST_TEST(url.hosts.empty());
  BOOST_TEST(url.socket == "/run/mysqld/mysqld.sock");
  BOOST_TEST(url.place() == "/run/mysqld/mysqld.sock");
}

BOOST_AUTO_TEST_CASE(escapes_are_decoded) {
  const DatabaseUrl url = DatabaseUrl::parse("mysql://us%40er:p%3Aw%2F%40@db1/na%20me");
  BOOST_TEST(url.user == "us@er");
  BOOST_TEST(url.password == "p:w/@");
  BOOST_TEST(url.database == "na me");
}

BOOST_AUTO_TEST_CASE(a_malformed_url_is_refused_without_repeating_it) {
  for (const char* text : {"",
                           "postgres://u:hunter2@h/n",
                           "mysql://",
                           "mysql://u:hunter2@h",
                           "mysql://h/n",
                           "mysql://:hunter2@h/n",
                           "mysql://u:hunter2@/n",
                           "mysql://u:hunter2@h/",
                           "mysql://u:hunter2@h/n/m",
                           "mysql://u:hunter2@h:0/n",
                           "mysql://u:hunter2@h:65536/n",
                           "mysql://u:hunter2@h:/n",
                           "mysql://u:hunter2@h:x/n",
                           "mysql://u:hunter2@h,:1/n",
                           "mysql://u:hunter2@h/n?socket=/s",
                           "mysql://u:hunter2@/n?port=1",
                           "mysql://u:hunter2@/n?socket=",
                           "mysql://u:hunter2@::1/n",
                           "mysql://u:hunter2@[::1/n",
                           "mysql://u:hunter2@[::1]3306/n",
                           "mysql://u:hunter2@[db1]:3306/n",
                           "mysql://u:hunter2@[]/n",
                           "mysql://u:hunter2%@h/n",
                           "mysql://u:hunter2@h%zz/n"}) {
    try {
      DatabaseUrl::parse(text);
      BOOST_ERROR("taken: " << text);
    } catch (const std::invalid_argument& error) {
      BOOST_TEST(std::string(error.what()).find("hunter2") == std::string::npos, text);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
