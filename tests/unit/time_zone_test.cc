#include "base/time_zone.h"

#include <boost/test/unit_test.hpp>

namespace concert {

BOOST_AUTO_TEST_SUITE(time_zone_test)

BOOST_AUTO_TEST_CASE(a_name_of_the_zone_database_is_a_time_zone) {
  for (const char* name : {"UTC", "Asia/Seoul", "Europe/Berlin", "America/Argentina/Buenos_Aires",
                           "Etc/GMT+5", "Asia/Calcutta"})
    BOOST_TEST(is_time_zone(name), name);
}

BOOST_AUTO_TEST_CASE(anything_else_is_none) {
  for (const char* name :
       {"", "asia/seoul", "Asia", "Asia/", "/UTC", "Asia//Seoul", "../zoneinfo/UTC", "posix/UTC",
        "posixrules", "localtime", "zone.tab", "Europe/Atlantis", "UTC ", "Factory", "+09:00"})
    BOOST_TEST(!is_time_zone(name), name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
